// Four products of whole numbers of 8 bits, added up, where WGSL has no word for it.
fn dot_of_four(a: u32, b: u32) -> i32 {
  let l = vec4i((vec4u(a) << vec4u(24u, 16u, 8u, 0u))) >> vec4u(24u);
  let r = vec4i((vec4u(b) << vec4u(24u, 16u, 8u, 0u))) >> vec4u(24u);
  return l.x * r.x + l.y * r.y + l.z * r.z + l.w * r.w;
}
