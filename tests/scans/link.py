"""A link that breaks: a TCP proxy that resets its connections after so many bytes have gone up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cgm_portal.local_services import LOOPBACK

PIECE_BYTES = 64 * 1024


class BreakingLink:
    """Forwards to `target_port`; at each of `cut_at` (bytes sent up in all, ascending) every connection is reset."""

    def __init__(self, *, target_port: int, cut_at: list[int]) -> None:
        self.target_port = target_port
        self.port = 0
        self.cuts = 0
        self.bytes_up = 0
        self._cut_at = cut_at
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self) -> asyncio.Server:
        """Listen on a free loopback port."""
        server = await asyncio.start_server(self._connect, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            far_reader, far_writer = await asyncio.open_connection(LOOPBACK, self.target_port)
            pair = {writer, far_writer}
            self._writers |= pair
            await asyncio.gather(self._up(reader, far_writer), self._down(far_reader, writer))
            self._writers -= pair
            for end in pair:
                end.close()

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                self.bytes_up += len(piece)
                if self.cuts < len(self._cut_at) and self.bytes_up >= self._cut_at[self.cuts]:
                    self._cut()
                    return
                writer.write(piece)
                await writer.drain()
            writer.write_eof()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                writer.write(piece)
                await writer.drain()
            writer.write_eof()

    def _cut(self) -> None:
        self.cuts += 1
        for end in self._writers:
            end.transport.abort()
        self._writers.clear()


@contextmanager
def breaking_link(*, target_port: int, cut_at: list[int]) -> Iterator[BreakingLink]:
    """Run the link in a thread of its own."""
    link = BreakingLink(target_port=target_port, cut_at=cut_at)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    # Not in this thread: a browser of another test may have its own loop here.
    server = asyncio.run_coroutine_threadsafe(link.serve(), loop).result(timeout=5)
    try:
        yield link
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        loop.close()


async def _end(server: asyncio.Server) -> None:
    server.close()
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    await asyncio.gather(*rest, return_exceptions=True)
