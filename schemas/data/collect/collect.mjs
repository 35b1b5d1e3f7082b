// Collects the bundled JSON-LD contexts from their npm packages and writes `../manifest.json`, the list of
// everything under `schemas/data` with its digest. With --check it writes nothing and fails on a difference.
//
//   npm ci && npm run contexts     after a package was updated or a file of our own was edited
//   npm run check                  in continuous integration
//
// `published` is the SHA-256 of the file that the URL serves, where a specification or its publisher names it;
// the packages' files differ from it in white space only.

import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const data = dirname(here);
const modules = join(here, 'node_modules');
const W3C = 'W3C-20150513';
const BSD = 'BSD-3-Clause';
const OURS = 'Apache-2.0';
const NAMESPACE = 'https://avow.example';
const PROFILES = ['employment', 'national-identity', 'university-degree'];

// url, package, file in the package's contexts/, licence of the context data, SHA-256 as published
const PACKAGED = [
  ['https://w3id.org/citizenship/v4rc1', '@digitalbazaar/citizenship-context', 'v4rc1.jsonld', W3C,
    '5038c7383afd7ab2158f1b997913a8f60978a0abcf96e0b0d08e29f146d2db1e'],
  ['https://w3id.org/security/data-integrity/v1', '@digitalbazaar/data-integrity-context',
    'data-integrity-v1.jsonld', BSD, 'b5d829bd09aa7c42abc6efa0c8ed7635313b5487f37ccfce3ecd149ca9418554'],
  ['https://w3id.org/security/data-integrity/v2', '@digitalbazaar/data-integrity-context',
    'data-integrity-v2.jsonld', BSD, '67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4'],
  ['https://w3id.org/security/multikey/v1', '@digitalbazaar/multikey-context', 'multikey-v1.jsonld', BSD,
    'ba2c182de2d92f7e47184bcca8fcf0beaee6d3986c527bf664c195bbc7c58597'],
  ['https://w3id.org/security/suites/ed25519-2020/v1', 'ed25519-signature-2020-context',
    'ed25519-signature-2020-v1.jsonld', BSD,
    'b9e1ab971fd8bf2c7553e0c4a9438e0b9450afde1ea1ca5b2492368b9f549588'],
  ['https://w3id.org/vc/status-list/2021/v1', '@digitalbazaar/vc-status-list-context',
    'vc-status-list-v1.jsonld', BSD, '6dd06a52bedb771e059c1083ba8ba7848dce22f6b4a8cfa0b98ba3fc188870e4'],
  ['https://w3id.org/vdl/aamva/v1', '@digitalbazaar/vdl-aamva-context', 'vdl-aamva-v1.jsonld', BSD, null],
  ['https://w3id.org/vdl/v1', '@digitalbazaar/vdl-context', 'vdl-v1.jsonld', BSD, null],
  ['https://www.w3.org/2018/credentials/examples/v1', '@digitalbazaar/credentials-examples-context',
    'credentials-examples-v1.jsonld', BSD, null],
  ['https://www.w3.org/2018/credentials/v1', '@digitalbazaar/credentials-context', 'v1.jsonld', W3C,
    'ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc'],
  ['https://www.w3.org/ns/credentials/status/v1', '@digitalbazaar/vc-bitstring-status-list-context',
    'vc-bitstring-status-list-v1.jsonld', BSD, null],
  ['https://www.w3.org/ns/credentials/undefined-terms/v2', '@digitalbazaar/credentials-context',
    'undefined-terms-v2.jsonld', W3C, null],
  ['https://www.w3.org/ns/credentials/v2', '@digitalbazaar/credentials-context', 'v2.jsonld', W3C,
    '59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734'],
  ['https://www.w3.org/ns/did/v1', 'did-context', 'did-v1.jsonld', W3C,
    '4f3eae5568c9c5f036a082088f9e192019ee06faa78973c87ff91d5421b88dad'],
];

const digest = bytes => createHash('sha256').update(bytes).digest('hex');
const versionOf = name => JSON.parse(readFileSync(join(modules, name, 'package.json'))).version;
const localName = (name, file) =>
  `${name.replace('@digitalbazaar/', '').replace('-context', '')}-${file}`.replace(/^(.+)-\1/, '$1');

const check = process.argv.includes('--check');
const differences = [];

function put(path, bytes) {
  const target = join(data, path);
  if(existsSync(target) && readFileSync(target).equals(bytes)) {
    return;
  }
  if(check) {
    differences.push(path);
    return;
  }
  mkdirSync(dirname(target), {recursive: true});
  writeFileSync(target, bytes);
}

function packaged([url, name, file, licence, published]) {
  const bytes = readFileSync(join(modules, name, 'contexts', file));
  const path = `contexts/${localName(name, file)}`;
  put(path, bytes);
  const terms = ['LICENSE', 'LICENSE.md'].map(f => join(modules, name, f)).find(existsSync);
  const notice = `licences/${name.replace('@digitalbazaar/', '')}.txt`;
  put(notice, readFileSync(terms));
  return {url, file: path, sha256: digest(bytes), published, package: name, version: versionOf(name), licence,
    notice};
}

function own(folder, profile, file) {
  const bytes = readFileSync(join(data, file));
  return {url: `${NAMESPACE}/${folder}/${profile}/v1`, file, sha256: digest(bytes), published: null,
    package: 'avow', version: '1', licence: OURS, notice: null};
}

function example(name) {
  const file = `examples/${name}.json`;
  return {name, file, sha256: digest(readFileSync(join(data, file)))};
}

const contexts = [
  ...PACKAGED.map(packaged),
  ...PROFILES.map(name => own('contexts', name, `contexts/avow-${name}-v1.jsonld`)),
].sort((a, b) => (a.url < b.url ? -1 : 1));
const schemas = PROFILES.map(name => own('schemas', name, `schemas/${name}-v1.json`));
const manifest = {contexts, schemas, examples: PROFILES.map(example)};
put('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

// A file that the manifest does not name would be shipped unseen.
const named = new Set([...contexts, ...schemas, ...manifest.examples].flatMap(e => [e.file, e.notice]));
for(const folder of ['contexts', 'schemas', 'examples', 'licences']) {
  for(const file of readdirSync(join(data, folder))) {
    if(!named.has(`${folder}/${file}`)) {
      differences.push(`${folder}/${file} (not in the manifest)`);
    }
  }
}
if(differences.length > 0) {
  console.error(`schemas/data differs from its sources:\n  ${differences.join('\n  ')}`);
  process.exit(1);
}
