import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsValidateInput, WorkflowsValidateOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import type { CoordinatorContext } from '../../context.ts'
import { askedProblems, namesAsked } from '../../workflows/check-asked.ts'
import { checkInputSchema } from '../../workflows/check-input-schema.ts'
import { checkTemplate } from '../../workflows/check-template.ts'
import { projectIdOf } from '../../workflows/whose-workflows.ts'

/** `workflows.validate` */
export function workflowsValidate({ runtime }: CoordinatorContext): IOperationDefinition {
  const { db, bus } = runtime
  return {
    ...serviceSpec('workflows.validate'),
    async handler(
      { project, template, inputSchema }: WorkflowsValidateInput,
      context: OperationContext,
    ): Promise<WorkflowsValidateOutput> {
      const schema = checkInputSchema(inputSchema)
      const caller = callerOf(context)
      const { document, problems } = await checkTemplate(
        bus,
        caller,
        template,
        'schema' in schema ? schema.schema : undefined,
      )
      const { operations } = document
      const all = 'problem' in schema ? [schema.problem, ...problems] : [...problems]
      if (project !== undefined || namesAsked(operations)) {
        const run = { accountId: caller.id, projectId: await projectIdOf(db, caller, project) }
        all.push(...(await askedProblems(db, run, operations)))
      }
      return { valid: all.length === 0, problems: all, steps: operations.length }
    },
  }
}
