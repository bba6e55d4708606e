in vec2 spot; uniform vec2 lens; uniform mat3 to_room; uniform vec3 eye; uniform vec4 floor_plane;
uniform vec4 wall_plane; uniform vec3 floor_colour; uniform vec3 wall_colour; uniform float tile; uniform float seed;
out vec3 result;
float hash(vec2 q) { return fract(sin(dot(q, vec2(12.9898, 78.233)) + seed) * 43758.5453); }
float noise(vec2 q) { vec2 i = floor(q), f = fract(q); f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y); }
float reach(vec4 plane, vec3 ray) {
  float along = dot(plane.xyz, ray);
  return along < -1e-5 ? (plane.w - dot(plane.xyz, eye)) / along : 1e6;
}
void main() {
  vec3 ray = vec3(spot.x / lens.x, -spot.y / lens.y, 1.0) * to_room;
  float to_floor = reach(floor_plane, ray), to_wall = reach(wall_plane, ray);
  bool on_floor = to_floor < to_wall;
  float far = min(to_floor, to_wall);
  vec3 n = on_floor ? floor_plane.xyz : wall_plane.xyz;
  vec3 hit = eye + ray * min(far, 3000.0);
  vec2 q = abs(n.z) > 0.5 ? hit.xy : hit.xz;
  vec3 base = on_floor ? floor_colour : wall_colour;
  float grain = 0.86 + 0.14 * noise(q / 23.0) + 0.10 * noise(q / 5.0) + (on_floor ? 0.08 * noise(q / 1.1) : 0.0);
  if (on_floor) {
    vec2 cell = abs(fract(q / tile) - 0.5) * tile;
    grain *= 1.0 - 0.22 * smoothstep(0.5 * tile - 0.7, 0.5 * tile - 0.35, max(cell.x, cell.y));
    grain *= 0.95 + 0.1 * hash(floor(q / tile));
  } else {
    float above = dot(floor_plane.xyz, hit) - floor_plane.w;
    if (above < 9.0) base = 0.55 * wall_colour * (above > 8.0 ? 1.25 : 1.0);
  }
  float near_edge = on_floor ? dot(wall_plane.xyz, hit) - wall_plane.w : dot(floor_plane.xyz, hit) - floor_plane.w;
  grain *= 1.0 - 0.25 * exp(-max(near_edge, 0.0) / 12.0);
  result = far > 2900.0 ? 0.8 * wall_colour * tint : shaded(base * grain, hit, n);
}
