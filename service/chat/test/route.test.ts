import { test } from 'tap'
import { routeOf } from '../route.ts'
import type { Route } from '../types.ts'

const messages: Record<Route, string[]> = {
  greeting: [
    'hi',
    'Hello!',
    'Hello there',
    'Good morning 👋',
    'hey, team!',
    'Hallo',
    'Guten Tag',
    'Moin moin',
    'Bonjour à tous',
    'Salut !',
    'Hola',
    '¡Buenos días!',
    'Thanks',
    'Thank you very much!',
    'Danke schön',
    'Merci beaucoup',
    'Muchas gracias',
  ],
  help: [
    'help',
    'What can you help me with?',
    'what can you do',
    'Hi, what can you do for me?',
    'How can you help me?',
    'Who are you?',
    'How does this work?',
    'What can I ask?',
    'Which documents do you have?',
    "What's in the knowledge base?",
    'Was kannst du?',
    'Hallo, wobei kannst du mir helfen?',
    'Que peux-tu faire ?',
    'Comment peux-tu m’aider ?',
    '¿Qué puedes hacer?',
    '¿En qué puedes ayudarme?',
    '???',
  ],
  aggregate: [
    'How many orders were shipped in March?',
    'What is the total of all invoices?',
    'average price of valves',
    'Which region has the highest sales?',
    'sum of column Amount',
    'Wie viele Bestellungen gab es?',
    'Wie hoch ist die Summe?',
    'Combien de commandes en mars ?',
    '¿Cuántos pedidos hay?',
  ],
  documents: [
    'What is the notice period?',
    'hiring policy',
    'history of the company',
    'Help desk opening hours',
    'Who is our CEO?',
    'Hello Kitty licence terms',
    'What can you tell me about the notice period?',
    'Was kostet die Lizenz?',
    'yogurt supplier',
    '你好',
    'thanksgiving closing days',
    'Which documents do new employees sign before their first day?',
  ],
}
for (const [route, list] of Object.entries(messages)) {
  for (const message of list) {
    test(`"${message}" is taken for ${route}`, async (t) => {
      t.equal(routeOf(message), route)
    })
  }
}

test('no message takes long to route', async (t) => {
  for (const part of [
    'hi ',
    'what can you do ',
    'how many ',
    'which documents do you have ',
    ' .,!',
    'thank you so much ',
  ]) {
    t.ok(routeOf(part.repeat(4000)))
  }
})
