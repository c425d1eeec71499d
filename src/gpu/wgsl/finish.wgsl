// The end of a forward kernel: applies the activation that follows the layer, and keeps its input where the way back needs that.
fn finish(i: u32, z: f32) {
  if (KEEPS_INPUT) {
    kept[i] = z;
  }
  y[i] = activation(z);
}
