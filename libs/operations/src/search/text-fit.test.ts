import { expect, test } from 'vitest'
import { SearchIndex } from './search-index.ts'

function ranked(query: string, entries: Readonly<Record<string, string>>): string[] {
  const index = new SearchIndex()
  for (const [id, description] of Object.entries(entries)) {
    const at = id.indexOf('.')
    index.set(id, { namespace: id.slice(0, at), name: id.slice(at + 1), description })
  }
  return index.search(query, 10).map(({ id }) => id)
}

test('of two names with the words of the query, the one that says no more comes first', () => {
  expect(
    ranked('delete label', {
      'mail.deleteLabelColorSetting': 'Deletes.',
      'mail.deleteLabel': 'Deletes.',
    })[0],
  ).toBe('mail.deleteLabel')
})

test('what a query speaks of first is the thing of the operation', () => {
  expect(
    ranked('a label for the invoice', {
      'shop.createInvoice': 'Creates an invoice with a label.',
      'mail.createLabel': 'Creates a label, for instance for an invoice.',
    })[0],
  ).toBe('mail.createLabel')
})

test('a result of one has the same best operation as one of many', () => {
  const entries = Object.fromEntries(
    Array.from({ length: 30 }, (_, at) => [`a${at}.deleteLabelPart${at}`, 'Deletes a label.']),
  )
  const index = new SearchIndex()
  for (const [id, description] of Object.entries({ ...entries, 'b.deleteLabel': 'Deletes it.' }))
    index.set(id, { namespace: id.split('.')[0] ?? '', name: id.split('.')[1] ?? '', description })
  const [one] = index.search('delete label', 1)
  expect(one).toEqual(index.search('delete label', 30)[0])
})
