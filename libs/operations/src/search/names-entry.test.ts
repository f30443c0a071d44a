import { expect, test } from 'vitest'
import { apiOperations, indexOfApis } from './recall.ts'
import { SearchIndex } from './search-index.ts'
import { wordsOf } from './tokens.ts'

const OPERATIONS = {
  'pay.PostPayoutsPayoutCancel': 'A created payout can be canceled, if it has not been paid.',
  'pay.PostPayoutsPayoutReverse': 'Cancels a payout that was paid, by a payout of the same amount.',
  'pay.PostInvoices': 'Creates a draft of an invoice, which is to be sent.',
  'pay.PostInvoicesInvoiceSend': 'Mails a customer what is owed.',
  'pay.GetInvoices': 'What was billed.',
  'crm.invoices.export': 'Lists all invoices as a file, to be listed elsewhere.',
  'crm.users.me': 'Shows the caller.',
  'crm.users.list': 'Shows every user.',
} as const

const index = new SearchIndex()
for (const [id, description] of Object.entries(OPERATIONS)) {
  const at = id.indexOf('.')
  const type = /^(?:Get|list|me|export)/.test(id.slice(id.lastIndexOf('.') + 1))
    ? 'query'
    : 'mutation'
  index.set(id, { namespace: id.slice(0, at), name: id.slice(at + 1), type, description })
}

test.each([
  ['cancel a payout', 'pay.PostPayoutsPayoutCancel'],
  ['payout reverse', 'pay.PostPayoutsPayoutReverse'],
  ['send invoice', 'pay.PostInvoicesInvoiceSend'],
  ['create invoice', 'pay.PostInvoices'],
  ['list invoices', 'pay.GetInvoices'],
  ['export invoices', 'crm.invoices.export'],
  ['users', 'crm.users.list'],
])('the operation whose name is the query comes first: %s', (query, id) => {
  expect(index.search(query)[0]?.id).toBe(id)
})

test('a name that is the query does not bring operations of the hub before others', () => {
  const hub = new SearchIndex()
  hub.set('hub.clients.list', { namespace: 'hub', name: 'clients.list', prior: 0.4 })
  hub.set('crm.listClientsOfCompany', { namespace: 'crm', name: 'listClientsOfCompany' })
  expect(hub.search('list clients')[0]?.id).toBe('crm.listClientsOfCompany')
})

test.each([
  ['get disputes dispute', 'pay.GetDisputesDispute'],
  ['pay get disputes', 'pay.GetDisputes'],
  ['Get Disputes', 'pay.GetDisputes'],
])(
  'a query that is the end of a name finds it before others with the same words: %s',
  (query, id) => {
    const pay = new SearchIndex()
    for (const name of ['GetDisputesDispute', 'GetDisputes', 'getDisputesOfDispute'])
      pay.set(`pay.${name}`, { namespace: 'pay', name, type: 'query' })
    expect(pay.search(query)[0]?.id).toBe(id)
  },
)

test('each operation of real APIs comes first for its whole name', () => {
  const apis = indexOfApis()
  const spelled = (id: string): string => wordsOf(id).join(' ')
  const missed = [...apiOperations().keys()].filter((id) => {
    const [first] = apis.search(spelled(id), 1)
    return first === undefined || spelled(first.id) !== spelled(id)
  })
  expect(missed).toEqual([])
})

test('an operation of the hub comes first for its whole name', () => {
  const hub = new SearchIndex()
  hub.set('hub.clients.list', { namespace: 'hub', name: 'clients.list', prior: 0.4 })
  hub.set('crm.listHubClients', { namespace: 'crm', name: 'listHubClients' })
  expect(hub.search('hub clients list')[0]?.id).toBe('hub.clients.list')
})
