// A cluster's secrets from end to end: the conformance program plays kube-apiserver over the
// plugin's socket and keeps 10,000 secrets in a real etcd, while the key is rotated, the plugin and
// the key service are restarted, and the key service goes away. No kube-apiserver runs here.
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Report } from '../support/report.mjs'
import { Owner } from './api.mjs'
import { conformance, KeyService, Plugin, startEtcd, until } from './programs.mjs'

const CHECKS_MIN = 89
// The first run has as many as a large cluster; the second goes the same ways.
const SECRETS = { direct: 10_000, local: 1000 }
const CALLS = 500

const report = new Report()

/** Acts that the conformance program asks for: it runs shell commands, which call here. */
async function control(acts) {
  const server = createServer(async (request, response) => {
    try {
      await acts[request.url.slice(1)]()
      response.end()
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise((done) => server.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${server.address().port}`
  const flags = Object.keys(acts).flatMap((act) => [`--${act}`, `curl -fsS ${url}/${act}`])
  return { flags, close: () => server.close() }
}

/** Every check of the conformance program is one here. */
async function conforms(check, { plugin, etcd, service, owner, key, signal, secrets }) {
  const acts = await control({
    rotate: () => owner.rotate(key),
    restart: () => plugin.restart(signal),
    'restart-service': async () => {
      await service.stop()
      await service.again()
    },
    cut: () => service.stop(),
    mend: () => service.again(),
  })
  const flags = ['--socket', plugin.socket, '--etcd', etcd.url, '--secrets', String(secrets)]
  const { code, said } = await conformance([...flags, ...acts.flags])
  acts.close()
  for (const line of said.split('\n')) {
    const [, verdict, rest] = /^(ok|FAIL|skip) +(.*)$/.exec(line) ?? []
    if (verdict) await check(rest, async () => assert.equal(verdict, 'ok', rest))
  }
  await check('the program ends well', async () => assert.equal(code, 0, said))
}

async function percentiles(name, plugin) {
  for (const atOnce of [1, 16]) {
    const flags = ['--bench', String(CALLS), '--at-once', String(atOnce)]
    const { said } = await conformance(['--socket', plugin.socket, ...flags])
    console.log(`     ${name}: ${said.trim().replaceAll('\n', '\n     ')}`)
  }
}

/** What lies in etcd's file: records, and no secret. */
async function atRest(check, etcd) {
  const bytes = readFileSync(etcd.database)
  await check('etcd holds no secret in clear', async () => {
    assert.equal(bytes.includes('"kind":"Secret"'), false)
  })
  await check('control: etcd holds records', async () => {
    assert.equal(bytes.includes('k8s:enc:kms:v2:tsutsumi:'), true)
  })
}

async function logs(check, plugin, apiKey) {
  const { log } = plugin
  for (const [label, text] of [
    ['the API key', apiKey],
    // Both begin with a brace and a quotation mark, in base64.
    ['a token or wrapped key', 'eyJ'],
  ]) {
    await check(`the log does not hold ${label}`, async () =>
      assert.equal(log.includes(text), false),
    )
  }
  await check('control: the log tells of the rotation', async () => {
    assert.match(log, /the root key was rotated/)
  })
}

async function ends(check, plugin) {
  await check('the socket is open to its owner alone', async () => {
    assert.equal(statSync(plugin.socket).mode & 0o777, 0o600)
  })
  await check('it ends at once when asked to', async () => {
    const started = Date.now()
    assert.equal(await plugin.stop(), 0)
    assert.ok(Date.now() - started < 3000)
    assert.equal(existsSync(plugin.socket), false)
  })
}

async function direct(folder, service, owner) {
  const key = await owner.rootKey('direct')
  const { apiKey, url } = service.ready
  const flags = []
  const plugin = new Plugin(folder, { apiKey, url, crn: key.crn, cluster: 'one', flags })
  const etcd = await startEtcd(folder)
  await plugin.start()
  await report.group('the root key wraps each seed', async (check) => {
    const [signal, secrets] = ['SIGTERM', SECRETS.direct]
    await conforms(check, { plugin, etcd, service, owner, key, signal, secrets })
    await atRest(check, etcd)
    await logs(check, plugin, apiKey)
  })
  await percentiles('the root key wraps', plugin)
  await report.group('the end of the plugin', (check) => ends(check, plugin))
  await etcd.program.stop()
}

async function localKek(folder, service, owner) {
  const key = await owner.rootKey('local')
  const { url } = service.ready
  const { cluster, apiKey } = await owner.kubernetes(key)
  const flags = ['--local-kek', '--cluster-crn', cluster]
  const plugin = new Plugin(folder, { apiKey, url, crn: key.crn, cluster: 'two', flags })
  const etcd = await startEtcd(folder)
  await plugin.start()
  await report.group('a local KEK, as the Kubernetes service', async (check) => {
    const [signal, secrets] = ['SIGKILL', SECRETS.local]
    await conforms(check, { plugin, etcd, service, owner, key, signal, secrets })
    await atRest(check, etcd)
    await logs(check, plugin, apiKey)
  })
  await report.group('calls of the key service', async (check) => {
    const count = async (action) => {
      return await plugin.metric(`key_service_calls_total{action="${action}",outcome="ok"}`)
    }
    await check('a thousand calls of kube-apiserver cost none', async () => {
      const before = [await count('wrap'), await count('unwrap')]
      await percentiles('a local KEK seals', plugin)
      assert.deepEqual([await count('wrap'), await count('unwrap')], before)
    })
    await check('control: they were counted', async () => {
      assert.ok((await plugin.metric('calls_total{method="encrypt",code="Ok"}')) > CALLS)
    })
  })
  await report.group('the registration of the cluster', async (check) => {
    const version = await owner.version(key)
    await check('it acknowledges the version that is written with', async () => {
      const acknowledged = async () => {
        const [registration] = await owner.registrations(key)
        return registration?.keyVersion.id === version && registration
      }
      const { resourceCrn } = await until('the registration', acknowledged)
      assert.equal(resourceCrn, cluster)
    })
    await check('control: the other root key has none', async () => {
      const other = await owner.rootKey('other')
      assert.deepEqual(await owner.registrations(other), [])
    })
  })
  await plugin.stop()
  await etcd.program.stop()
}

const folder = mkdtempSync(join(tmpdir(), 'tsutsumi-kubernetes-'))
const own = (name) => {
  mkdirSync(join(folder, name))
  return join(folder, name)
}
try {
  const service = await KeyService.start(folder)
  const owner = new Owner(service.ready)
  await direct(own('direct'), service, owner)
  await localKek(own('local'), service, owner)
  await service.stop()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
report.close('kubernetes', CHECKS_MIN)
// What a failed group has left running ends with this program.
process.exit()
