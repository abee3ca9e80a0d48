import { test } from 'tap'
import { createApiKey, isSecretOf, parseApiKey, secretHash } from '../../shared/ports/access-key.ts'

const about = { name: 'n', tenant: 'default', subject: 's', groups: ['*'], scopes: ['chat' as const] }

test('a key is shown once: what is stored holds its hash and not its secret', async (t) => {
  const { key, text } = createApiKey(about, { now: 5 })
  const parsed = parseApiKey(text)
  t.equal(parsed?.id, key.id)
  t.equal(Buffer.from(parsed?.secret ?? '', 'base64url').length, 32, '256 bits')
  t.match(key, { ...about, createdAt: 5, hash: secretHash(parsed?.secret ?? '') })
  t.notMatch(JSON.stringify(key), parsed?.secret ?? text)
})

test('only the secret of a key is accepted for it', async (t) => {
  const [one, other] = [createApiKey(about, { now: 0 }), createApiKey(about, { now: 0 })]
  const secret = parseApiKey(one.text)?.secret ?? ''
  t.equal(isSecretOf(one.key, secret), true)
  t.equal(isSecretOf(other.key, secret), false)
  t.equal(isSecretOf({ hash: '' }, secret), false)
  t.equal(isSecretOf(undefined, secret), false)
  t.not(one.key.id, other.key.id)
})

test('texts that are no keys are not taken for any', async (t) => {
  const { text } = createApiKey(about, { now: 0 })
  for (const wrong of ['', 'kass_', text.slice(0, -1), `${text}=`, text.toUpperCase(), ` ${text}`, `x${text}`]) {
    t.equal(parseApiKey(wrong), undefined)
  }
})
