import { writePerformancePage } from './write-performance-page.ts'

await writePerformancePage()
