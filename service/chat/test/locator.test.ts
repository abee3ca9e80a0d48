import { test } from 'tap'
import { narrowLocator } from '../locator.ts'

const numbers = [12, 13, 14, 16, 17, 18, 19, 20]
const narrowings: [locator: string, positions: number[], narrowed: string][] = [
  ['Sheet1!A12:F20', [2], 'Sheet1!A14:F14'],
  ['Sheet1!A12:F20', [2, 3], 'Sheet1!A14:F16'],
  ['Sheet1!A12:F20', [0, 2], 'Sheet1!A12:F12, Sheet1!A14:F14'],
  ['Sheet1!A12:F20', [0, 2, 4, 6], 'Sheet1!A12:F19'],
  ["'My sheet!'!B12:C20", [1], "'My sheet!'!B13:C13"],
  ['Sheet1!C12:C20', [1], 'Sheet1!C13'],
  ['rows 12-20', [1], 'row 13'],
  ['rows 12-20', [1, 2], 'rows 13-14'],
  ['rows 12-20, columns A-C', [1], 'row 13, columns A-C'],
  ['page 3', [1], 'page 3'],
  ['rows 12-20', [], 'rows 12-20'],
  ['rows 12-20', [0, 1, 2, 3, 4, 5, 6, 7], 'rows 12-20'],
]
for (const [locator, positions, narrowed] of narrowings) {
  test(`${locator} at the rows ${positions.join(' and ') || 'of nothing'} is ${narrowed}`, async (t) => {
    t.equal(narrowLocator(locator, numbers, positions), narrowed)
  })
}
