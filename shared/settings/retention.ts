import { integer, type Setting } from './kinds.ts'

const longest = 36_500
const days = (about: string) => integer(`${about}; 0: kept`, 0, 0, longest)

/** How long things are kept that nobody asks for any more. */
export const retentionSettings = {
  RETAIN_CONVERSATIONS_DAYS: days('Days after its last message a conversation goes, with its traces and feedback'),
  RETAIN_TRACES_DAYS: days('Days after which it is forgotten what an answer was made from'),
  RETAIN_FEEDBACK_DAYS: days('Days after which feedback goes, though its answer stays'),
  RETAIN_FAILED_DAYS: days('Days after which a document goes that could not be read in any version'),
} as const satisfies Record<string, Setting<unknown>>
