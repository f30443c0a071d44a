import { expect, test } from 'vitest'
import { OperationCursor } from './operation-cursor.ts'

const alice = { id: 'alice', scopes: [] }

test('a cursor of the operations is accepted by its own list only', () => {
  const cursor = new OperationCursor(alice, { namespace: 'fs' })
  const text = cursor.write('fs.read')
  expect(cursor.read(text)).toBe('fs.read')
  expect(new OperationCursor(alice, { namespace: 'fs', limit: 5 }).read(text)).toBe('fs.read')
  const { code, message } = {
    code: 'VALIDATION_ERROR',
    message: 'The cursor is not one of this list.',
  }
  for (const other of [
    new OperationCursor({ ...alice, id: 'bob' }, { namespace: 'fs' }),
    new OperationCursor(alice, {}),
    new OperationCursor(alice, { namespace: 'fs', type: 'query' }),
    new OperationCursor(alice, { tag: 'fs' }),
  ])
    expect(() => other.read(text)).toThrow(expect.objectContaining({ code, message }))
})

test.for(['', 'fs.read', 'W10', Buffer.from('[1,2]').toString('base64url')])(
  'the text %j is not a cursor',
  (text) => {
    expect(() => new OperationCursor(alice, {}).read(text)).toThrow(
      expect.objectContaining({ code: 'VALIDATION_ERROR' }),
    )
  },
)
