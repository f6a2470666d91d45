/** What of vitest's JSON report is looked at. */
export interface TestReport {
  numPassedTests?: number
  numFailedTests?: number
  numPendingTests?: number
  numTodoTests?: number
  testResults?: { status: string; assertionResults: unknown[] }[]
}

/** Counts what a report says and decides the exit status; `whole`: all tests were asked for, so none may be skipped. */
export function judge(
  report: TestReport | undefined,
  status: number,
  whole: boolean,
): { passed: number; failed: number; status: number; notes: string[] }
