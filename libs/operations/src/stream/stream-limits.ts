/** Items that a producer may send before any credit, and beyond what its consumer has read. */
export const STREAM_WINDOW = 32
/** How far a producer may exceed its credit before the stream ends with PROVIDER_LOST. */
export const STREAM_TOLERANCE = 32
