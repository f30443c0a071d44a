import { attachSpoke } from '@alkdev/spoke'
import type { Spoke, SpokeOperation } from '@alkdev/spoke'
import { askingOperations } from './asking-operations.ts'
import { catalogOperations } from './catalog-operations.ts'
import { contentOperations, tool } from './content-operations.ts'
import { taskOperations } from './task-operations.ts'

/** The fixture of the conformance suite as operations of a real spoke. Two of its tools change what it offers. */
export async function attachFixture(broker: string, key: string): Promise<Spoke> {
  const toggled = new Set<string>()
  const extra: readonly SpokeOperation[] = [
    tool('extra_tool', () => 'It was added.'),
    {
      ...tool('extra_prompt', () => 'It was added.'),
      _meta: { mcp: { prompt: 'test_extra_prompt' } },
    },
  ]
  const toggle = (name: string) => async (): Promise<string> => {
    if (!toggled.delete(name)) toggled.add(name)
    await spoke.offer([...operations, ...extra.filter((one) => toggled.has(one.name))])
    return 'It is changed.'
  }
  const operations: readonly SpokeOperation[] = [
    ...contentOperations,
    ...askingOperations,
    ...catalogOperations,
    ...taskOperations,
    tool('trigger_tool_change', toggle('extra_tool')),
    tool('trigger_prompt_change', toggle('extra_prompt')),
  ]
  const spoke = attachSpoke({ hub: broker, key, name: 'fixture', operations })
  await spoke.attached()
  return spoke
}
