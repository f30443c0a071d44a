import { WORKFLOW_STEPS } from '@alkdev/contracts'
import { GraphologyHostConfig, Operation, Sequential } from '@alkdev/flowgraph'
import type { TemplateGraph } from '@alkdev/flowgraph'
import { createHostRoot } from '@alkdev/ujsx'
import type { UElement } from '@alkdev/ujsx'
import { INPUT_KEY, readTemplate } from './template-document.ts'

/** The template with the step that gives the input of the run before everything else. */
export function withInput(root: UElement): UElement {
  return Sequential({}, Operation({ name: WORKFLOW_STEPS.INPUT, key: INPUT_KEY }), root)
}

/** The steps of a stored template. Throws what flowgraph throws for one that cannot run, which `checkTemplate` has refused before. */
export function compileWorkflow(template: string): TemplateGraph {
  const { root } = readTemplate(JSON.parse(template))
  return createHostRoot(GraphologyHostConfig).render(withInput(root)).ctx.flow
}
