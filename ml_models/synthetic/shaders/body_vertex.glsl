#version 330
in vec3 position; in vec3 normal; in vec3 colour; in vec2 pattern;
in vec4 weights_a; in vec4 weights_b; in vec4 weights_c;
uniform mat4 parts[12]; uniform mat4 view;
out vec3 at; out vec3 n; out vec3 c; out vec2 p;
void main() {
  mat4 turn = mat4(0.0);
  for (int i = 0; i < 4; i++)
    turn += weights_a[i] * parts[i] + weights_b[i] * parts[i + 4] + weights_c[i] * parts[i + 8];
  at = (turn * vec4(position, 1.0)).xyz; n = mat3(turn) * normal; c = colour; p = pattern;
  gl_Position = view * vec4(at, 1.0);
}
