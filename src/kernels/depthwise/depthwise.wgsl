// Sizes of a depthwise convolution: one filter a channel. Weights `[KERNEL², CHANNELS]` from `START` on in `params`, then a bias a channel.
override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override KERNEL: u32;
override STRIDE: u32;
override PADDING: u32;
