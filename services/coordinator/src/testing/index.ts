// For the benches.
export { scoreRules } from '../detection/labelled/score-rules.ts'
