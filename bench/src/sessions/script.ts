/** What the model of a session does: `steps` answers with a tool call each, and one without. */
export interface Script {
  readonly steps: number
  /** Pieces of text of an answer, and their characters. */
  readonly pieces: number
  readonly characters: number
  /** Milliseconds after each piece. */
  readonly pieceMs: number
  /** Of the output of the tool. */
  readonly outputBytes: number
}

/** The prompt that makes the model act it out. No two are the same. */
export function promptOf(script: Script, id: string): string {
  return JSON.stringify({ ...script, id })
}

/** The script of a prompt. */
export function readScript(prompt: string): Script {
  return JSON.parse(prompt) as Script
}
