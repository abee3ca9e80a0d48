/** What is answered when nothing in the documents supports an answer. */
export const notSaid = "The documents don't say."
