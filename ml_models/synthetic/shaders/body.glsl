in vec3 at; in vec3 n; in vec3 c; in vec2 p; uniform vec3 eye; uniform float stripes; out vec3 result;
void main() {
  vec3 m = normalize(n); if (dot(m, eye - at) < 0.0) m = -m;
  float line = p.y > 0.5 ? 1.0 - stripes * smoothstep(0.46, 0.54, abs(fract(p.x / 3.0) - 0.5) * 2.0) : 1.0;
  result = shaded(c * line, at, m);
}
