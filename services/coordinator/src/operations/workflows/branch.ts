import { serviceSpec } from '@alkdev/contracts'
import type { WorkflowsBranchInput, WorkflowsBranchOutput } from '@alkdev/contracts'
import { callerOf } from '@alkdev/service'
import type { IOperationDefinition, OperationContext } from '@alkdev/operations'
import { must, uuidv7 } from '@alkdev/std'
import { getWorkflowVersion } from '@alkdev/storage/workflows'
import type { CoordinatorContext } from '../../context.ts'
import { checkStepInput } from '../../workflows/check-step-input.ts'
import { loadRun, requireStep } from '../../workflows/loaded-run.ts'
import { reusedEvents } from '../../workflows/reused-events.ts'
import { startRun } from '../../workflows/start-run.ts'
import { INPUT_KEY } from '../../workflows/template-document.ts'
import { visibleRun } from '../../workflows/whose-workflows.ts'

/** `workflows.branch` */
export function workflowsBranch(coordinator: CoordinatorContext): IOperationDefinition {
  const { runtime } = coordinator
  const { db } = runtime
  return {
    ...serviceSpec('workflows.branch'),
    async handler(
      { runId: parentRunId, step, input, newRunId }: WorkflowsBranchInput,
      context: OperationContext,
    ): Promise<WorkflowsBranchOutput> {
      const caller = callerOf(context)
      const parent = await visibleRun(db, caller, parentRunId)
      const version = must(await getWorkflowVersion(db, parent.templateId))
      const loaded = await loadRun(db, parent)
      requireStep(loaded, parentRunId, step)
      const { reused, events } = reusedEvents(loaded, step)
      const isInput = step === INPUT_KEY
      if (!isInput && input !== undefined) {
        const operationId = loaded.state.root.getOperation(step)
        await checkStepInput(runtime, caller, { step, operationId }, input)
      }
      const inputs = JSON.parse(parent.stepInputs) as Record<string, unknown>
      // The template's input counts again when none is given.
      delete inputs[step]
      const runId = newRunId?.toLowerCase() ?? uuidv7()
      const known = await startRun(coordinator, context, {
        runId,
        version,
        input: isInput && input !== undefined ? input : JSON.parse(parent.input),
        stepInputs: isInput || input === undefined ? inputs : { ...inputs, [step]: input },
        parentRunId,
        branchStep: step,
        events,
      })
      return { runId, parentRunId, reused: [...reused], known }
    },
  }
}
