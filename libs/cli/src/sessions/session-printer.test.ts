import { expect, test } from 'vitest'
import type { Io } from '../command.ts'
import { SessionPrinter } from './session-printer.ts'
import type { Shown } from './transcript.ts'

function printed(...all: readonly Shown[]): string {
  let out = ''
  const stdout = { isTTY: false, write: (text: string) => (out += text) !== '' }
  const printer = new SessionPrinter({ stdout, env: {} } as unknown as Io)
  for (const one of all) printer.show(one)
  return out
}

test('the text of a turn begins on a line of its own, and goes on in its line after a cut', () => {
  const turn = (turnId: string): Shown => ({ type: 'turn-started', turnId })
  const text = (said: string): Shown => ({ type: 'text', text: said })
  expect(printed(text('Of before.'), turn('a'), text('One '), turn('a'), text('two.'))).toBe(
    'Of before.\nOne two.',
  )
})
