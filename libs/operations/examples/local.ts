// Operations of one process: registered with their schemas and access rules, found by words, called by id.
import { CallError, OperationRegistry } from '@alkdev/operations'
import { Type } from '@alkdev/typebox'

const registry = new OperationRegistry()

registry.register({
  namespace: 'notes',
  name: 'read',
  version: '1.0.0',
  type: 'query',
  description: 'Reads a note of a project.',
  inputSchema: Type.Object({ projectId: Type.String(), title: Type.String({ minLength: 1 }) }),
  outputSchema: Type.Object({ text: Type.String() }),
  accessControl: {
    requiredScopes: ['notes:read'],
    resourceType: 'project',
    resourceAction: 'read',
    resourceFrom: '/projectId',
  },
  handler: ({ title }: { title: string }) => ({ text: `This is ${title}.` }),
})

const identity = { id: 'anna', scopes: ['notes:*'], resources: { 'project:garden': ['read'] } }

const [best] = registry.search('reading notes')
console.log('found:', best?.operation.name)

const answer = await registry.execute(
  'notes.read',
  { projectId: 'garden', title: 'tulips' },
  { identity },
)
console.log(answer.data, answer.meta.source)

for (const input of [{ projectId: 'garden' }, { projectId: 'house', title: 'roof' }]) {
  try {
    await registry.execute('notes.read', input, { identity })
  } catch (error) {
    if (error instanceof CallError) console.log(error.code, error.message)
  }
}
