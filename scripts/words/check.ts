import { WORD_RULES } from './rules.ts'
import type { WordRule } from './rules.ts'

export interface WordFinding {
  /** Counted from 1. */
  readonly line: number
  readonly word: string
  readonly instead: string
}

/** A line that contains this may quote such a word: the text of an outside protocol, for instance. */
const ALLOWED = 'words-ok'

const compiled = WORD_RULES.map((rule: WordRule) => ({
  expression: new RegExp(`\\b(?:${rule.pattern})\\b`, 'gi'),
  instead: rule.instead,
}))

/** Finds the words of `WORD_RULES` in a text, in order of lines. A line that contains `words-ok` is skipped. */
export function findWords(text: string): WordFinding[] {
  const findings: WordFinding[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.includes(ALLOWED)) continue
    for (const { expression, instead } of compiled) {
      for (const match of line.matchAll(expression)) {
        findings.push({ line: index + 1, word: match[0], instead })
      }
    }
  }
  return findings
}
