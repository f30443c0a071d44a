import { expect, test } from 'vitest'
import { SearchIndex } from './search-index.ts'

/** Operations as APIs of shops, sales, support, staff, paperwork and calls have them. */
const OPERATIONS: Readonly<Record<string, string>> = {
  'shop.createFulfillment': 'Creates a fulfillment for one or many fulfillment orders',
  'shop.createReturn': 'Creates a return for an order',
  'shop.cancelOrder': 'Cancels an order',
  'shop.listOrders': 'Retrieves a list of orders',
  'shop.createProduct': 'Creates a product',
  'shop.listInventoryLevels': 'Retrieves a list of inventory levels',
  'shop.adjustInventoryLevel': 'Adjusts the inventory level of an item at a location',
  'shop.listAbandonedCheckouts': 'Retrieves a list of abandoned checkouts',
  'shop.createGiftCard': 'Creates a gift card',
  'crm.createContact': 'Create a contact with the given properties',
  'crm.mergeContacts': 'Merge two contacts',
  'crm.updateDeal': 'Update a deal, for instance its stage',
  'crm.createNote': 'Create a note that is associated with a record',
  'support.createTicket': 'Create a ticket',
  'support.mergeTickets': 'Merge tickets into a target ticket',
  'support.listMacros': 'List all shared and personal macros',
  'support.listSatisfactionRatings': 'List satisfaction ratings',
  'staff.createEmployee': 'Create an employee',
  'staff.terminateEmployee': 'Terminate an employee',
  'staff.createTimeOffRequest': 'Create a time off request',
  'staff.approveTimeOffRequest': 'Approve a time off request',
  'staff.listTimeOff': 'List time off of all employees in a period',
  'staff.getLeaveBalance': 'Get the leave balance of an employee',
  'staff.createTimeEntry': 'Create a time entry',
  'staff.runPayroll': 'Run the payroll for a pay period',
  'staff.listCandidates': 'List candidates',
  'forms.listResponses': 'List the responses of a form',
  'forms.createForm': 'Create a form',
  'sign.createEnvelope': 'Create an envelope and send it to its recipients',
  'sign.voidEnvelope': 'Void an envelope',
  'sign.listRecipients': 'List the recipients of an envelope and their status',
  'mailing.addListMember': 'Add a member to a list',
  'mailing.sendCampaign': 'Send a campaign',
  'mailing.getReport': 'Get the report of a campaign: opens and clicks',
  'books.createInvoice': 'Create an invoice',
  'books.voidInvoice': 'Void an invoice',
  'books.createTransfer': 'Create a transfer to a connected account',
  'books.createRefund': 'Create a refund of a payment',
  'books.createJournalEntry': 'Create a manual journal entry',
  'calls.createCall': 'Make an outgoing call',
  'calls.listMembers': 'List the members of a queue',
  'rooms.listMembers': 'List the members of a channel',
  'clubs.listMembers': 'List the members of a club',
  'rooms.createMeeting': 'Create a meeting',
  'text.summarize': 'Summarize a text',
}
const index = new SearchIndex()
for (const [id, description] of Object.entries(OPERATIONS)) {
  const [namespace = '', name = ''] = id.split('.')
  const type = /^(?:get|list)/.test(name) ? 'query' : 'mutation'
  index.set(id, { namespace, name, description, type })
}

test.each([
  ['the order has been shipped', 'shop.createFulfillment'],
  ['they want to send the shoes back, goods to return', 'shop.createReturn'],
  ['how much stock of the blue one', 'shop.listInventoryLevels'],
  ['who left the shop without buying', 'shop.listAbandonedCheckouts'],
  ['put our new mug on sale', 'shop.createProduct'],
  ['put the baker in the address book', 'crm.createContact'],
  ['the same customer twice', 'crm.mergeContacts'],
  ['we won the deal', 'crm.updateDeal'],
  ['customer has a problem', 'support.createTicket'],
  ['ready-made answers', 'support.listMacros'],
  ['were they happy', 'support.listSatisfactionRatings'],
  ['a new person starts on monday', 'staff.createEmployee'],
  ['anna no longer works here', 'staff.terminateEmployee'],
  ['take a week off', 'staff.createTimeOffRequest'],
  ['who is on holiday', 'staff.listTimeOff'],
  ['how many days off have i got', 'staff.getLeaveBalance'],
  ['log my hours', 'staff.createTimeEntry'],
  ['pay the staff', 'staff.runPayroll'],
  ['people who applied', 'staff.listCandidates'],
  ['what did people answer', 'forms.listResponses'],
  ['get the lease signed', 'sign.createEnvelope'],
  ['who has not signed', 'sign.listRecipients'],
  ['they want to hear from us, wants our newsletter', 'mailing.addListMember'],
  ['how many opened it', 'mailing.getReport'],
  ['in a few words', 'text.summarize'],
])('what outsiders say finds the operation: %s', (query, id) => {
  expect(index.search(query)[0]?.id).toBe(id)
})

test.each(['tear up the bill', 'tear up bill', 'tear up their bill'])(
  'articles of a phrase may be left out, and may be others: %s',
  (query) => {
    expect(index.search(query)[0]?.id).toBe('books.voidInvoice')
  },
)

test('words of a phrase that mean what they say tell operations apart', () => {
  expect(index.search('who is in the channel')[0]?.id).toBe('rooms.listMembers')
  const rooms = new SearchIndex()
  for (const name of 'Channels Members ChannelMembers Files Pins Bots Emojis Calls'.split(' '))
    rooms.set(`x.list${name}`, { namespace: 'x', name: `list${name}` })
  expect(rooms.search('who is in the channel')[0]?.id).toBe('x.listChannelMembers')
})

test('the first word of a phrase means what it says only where the phrase means it', () => {
  const builds = new SearchIndex()
  for (const name of ['putBuild', 'stopBuild', 'stopServer'])
    builds.set(`x.${name}`, { namespace: 'x', name })
  const byWords = builds
    .candidates('put an end to the build')
    .find(({ features }) => features?.place === 1)
  expect(byWords?.id).toBe('x.stopBuild')
})

test('a verb names the thing that is created where another one says so', () => {
  const banks = new SearchIndex()
  for (const name of ['createAccount', 'createTransfer'])
    banks.set(`bank.${name}`, { namespace: 'bank', name })
  expect(banks.search('forward money')[0]?.id).toBe('bank.createTransfer')
})

test('small words do not count as words between a verb and its particle', () => {
  const payments = new SearchIndex()
  payments.set('pay.refunds', { namespace: 'pay', name: 'refunds' })
  payments.set('pay.back', { namespace: 'pay', name: 'back' })
  expect(payments.search('give the guest all their chips back')[0]?.id).toBe('pay.refunds')
})
