// Sizes of pooling over square windows without padding.
override HEIGHT: u32;
override WIDTH: u32;
override CHANNELS: u32;
override OUT_HEIGHT: u32;
override OUT_WIDTH: u32;
override SIZE: u32;
override STRIDE: u32;
override AVERAGE: bool;
