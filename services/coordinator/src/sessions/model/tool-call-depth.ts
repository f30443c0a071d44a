/** Levels of the input of a tool call, and of the details of its error: they lie within messages, which answers and events carry. */
export const MAX_TOOL_CALL_DEPTH = 400
