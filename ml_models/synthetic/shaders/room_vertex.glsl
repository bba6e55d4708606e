#version 330
in vec2 corner; out vec2 spot; void main() { spot = corner; gl_Position = vec4(corner, 0.0, 1.0); }
