export { apiOperations, indexOfApis, labelledQueries, recallOf } from './recall.ts'
export type { Recall } from './recall.ts'
