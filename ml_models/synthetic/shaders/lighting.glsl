#version 330
uniform sampler2DShadow shadows; uniform mat4 to_light; uniform vec3 light; uniform float ambient; uniform vec3 tint;
float lit_at(vec3 at, vec3 n) {
  vec3 q = (to_light * vec4(at + 0.6 * n - 0.6 * light, 1.0)).xyz * 0.5 + 0.5;
  if (any(lessThan(q.xy, vec2(0.01))) || any(greaterThan(q.xy, vec2(0.99)))) return 1.0;
  float sum = 0.0; float step = 3.0 / 1024.0;
  sum += texture(shadows, q + vec3(-step, -0.4 * step, 0.0)) + texture(shadows, q + vec3(step, 0.4 * step, 0.0));
  return sum / 2.0;
}
vec3 shaded(vec3 base, vec3 at, vec3 n) {
  float direct = clamp(0.15 - 0.85 * dot(n, light), 0.0, 1.0);
  if (direct > 0.02) direct *= lit_at(at, n);
  return base * tint * (ambient + (1.0 - ambient) * direct);
}
