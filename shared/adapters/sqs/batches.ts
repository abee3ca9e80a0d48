import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'

/** A request of SQS takes at most ten messages. */
export const batchSize = 10

/** All of them, ten at a time and all at once. */
export async function eachTen<T>(items: T[], work: (ten: T[]) => Promise<void>): Promise<void> {
  const tens: T[][] = []
  for (let from = 0; from < items.length; from += batchSize) tens.push(items.slice(from, from + batchSize))
  await Promise.all(tens.map(work))
}

/** Which entries of a batch failed, by their index: all of them when the whole request did. */
export async function failures(
  sent: Promise<{ Failed?: BatchResultErrorEntry[] | undefined }>,
  entries: number,
): Promise<[number, unknown][]> {
  try {
    const { Failed = [] } = await sent
    return Failed.map(({ Id, Code, Message }) => [
      Number(Id),
      new Error(`SQS refused a message: ${Code} ${Message ?? ''}`),
    ])
  } catch (error) {
    return Array.from({ length: entries }, (_, index) => [index, error])
  }
}
