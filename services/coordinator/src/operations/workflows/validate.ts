import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsValidateInput, WorkflowsValidateOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { checkInputSchema } from '../../workflows/check-input-schema.ts'
import { checkTemplate } from '../../workflows/check-template.ts'

/** `workflows.validate` */
export function workflowsValidate({ runtime }: CoordinatorContext): IOperationDefinition {
  return {
    ...serviceSpec('workflows.validate'),
    async handler(
      { template, inputSchema }: WorkflowsValidateInput,
      context: OperationContext,
    ): Promise<WorkflowsValidateOutput> {
      const schema = checkInputSchema(inputSchema)
      const { document, problems } = await checkTemplate(
        runtime.bus,
        callerOf(context),
        template,
        'schema' in schema ? schema.schema : undefined,
      )
      const all = 'problem' in schema ? [schema.problem, ...problems] : [...problems]
      return { valid: all.length === 0, problems: all, steps: document.operations.length }
    },
  }
}
