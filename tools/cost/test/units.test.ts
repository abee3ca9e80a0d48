import { test } from 'tap'
import { readUnits, unitsOfAnswer, writeUnits } from '../units.ts'

const item = (bytes: number) => ({ pk: 'x', text: 'a'.repeat(bytes) })

test('a write is billed by the KB begun, and twice in a transaction', async (t) => {
  t.equal(writeUnits('PutItem', { Item: item(10) }), 1)
  t.equal(writeUnits('PutItem', { Item: item(1500) }), 2)
  t.equal(writeUnits('UpdateItem', { Key: {} }), 1)
  t.equal(writeUnits('DeleteItem', { Key: {} }), 1)
  const parts = [{ Put: { Item: item(1500) } }, { Update: { Key: {} } }, { Delete: { Key: {} } }]
  t.equal(writeUnits('TransactWriteItems', { TransactItems: parts }), 2 * (2 + 1 + 1))
  t.equal(writeUnits('BatchWriteItem', { RequestItems: { one: [{}, {}], other: [{}] } }), 3)
  t.equal(writeUnits('GetItem', { Key: {} }), 0)
})

test('a record that waits for something is written into the index as well', async (t) => {
  t.equal(writeUnits('PutItem', { Item: { ...item(10), dueShard: 3, dueAt: 1 } }), 3)
})

test('reads are billed by the item, half as much where consistency does not matter, queries by what they read', async (t) => {
  t.equal(readUnits('GetItem', { Key: {}, ConsistentRead: true }), 1)
  t.equal(readUnits('GetItem', { Key: {} }), 0.5)
  const keys = [{}, {}, {}]
  t.equal(readUnits('BatchGetItem', { RequestItems: { one: { Keys: keys, ConsistentRead: true } } }), 3)
  t.equal(readUnits('BatchGetItem', { RequestItems: { one: { Keys: keys } } }), 1.5)
  t.equal(readUnits('Query', {}), undefined)
  t.equal(unitsOfAnswer(10), 1)
  t.equal(unitsOfAnswer(4097), 2)
})
