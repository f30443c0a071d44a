export { DEMO_MODEL, SCRIPTED_BASE_PATH } from './names.ts'
export { startScriptedModel } from './start-scripted-model.ts'
export type { ScriptedModel } from './start-scripted-model.ts'
