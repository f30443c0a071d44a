/** Characters of an output that are read with its tool call. */
export const SHOWN_OUTPUT = 32_768
