/** A text for a label of Mermaid: everything that could end the label or be markup is written as a character code. */
export function mermaidText(text: string): string {
  return text.replaceAll(/[^\w.,\- /]/gu, (char) => `#${char.codePointAt(0) ?? 0};`)
}

/** A text for a quoted label of Graphviz. */
export function dotText(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, ' ').replaceAll(/["\\]/g, String.raw`\$&`)
}
