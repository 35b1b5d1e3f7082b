// How long the npm libraries take for one credential in each form, warm. In: {documents by URL, keys by name, jwk, now,
// credential, mandatory, selected, header, disclosed} on standard input. Out: {operation: microseconds}, medians of CPU
// time over interleaved rounds; of what takes a tenth of a second, a quarter of the rounds. Keys are imported before, contexts are static: what is measured is a library's own work.

import * as bbs from '@digitalbazaar/bbs-2023-cryptosuite';
import * as bbsMultikey from '@digitalbazaar/bls12-381-multikey';
import * as ecdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaJcs from '@digitalbazaar/ecdsa-jcs-2019-cryptosuite';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as eddsaJcs from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import * as jose from 'jose';
import {digest, generateSalt} from '@sd-jwt/crypto-nodejs';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {Sign1} from '@auth0/cose';
import {cryptosuite as ecdsaRdfc} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import jsigs from 'jsonld-signatures';
import {readFileSync} from 'node:fs';
import {webcrypto} from 'node:crypto';

const ROUNDS = 15;
const SAMPLE_MICROSECONDS = 4000;
const given = JSON.parse(readFileSync(0, 'utf8'));
const {credential, now} = given;
const documentLoader = async url => ({
  contextUrl: null, documentUrl: url, document: given.documents[url], tag: 'static',
});
const purpose = new jsigs.purposes.AssertionProofPurpose();
const read = text => JSON.parse(text);
const text = JSON.stringify(credential);

const signers = {
  ed25519: (await ed25519Multikey.from(given.keys.ed25519)).signer(),
  p256: (await ecdsaMultikey.from(given.keys.p256)).signer(),
  bbs: (await bbsMultikey.from(given.keys.bbs)).signer(),
};
const proofBy = (key, cryptosuite) => new DataIntegrityProof({signer: signers[key], date: now, cryptosuite});
const sign = (key, cryptosuite) => async () => JSON.stringify(
  await jsigs.sign(read(text), {suite: proofBy(key, cryptosuite), purpose, documentLoader}));
const derive = (base, cryptosuite) => async () => JSON.stringify(
  await jsigs.derive(read(base), {suite: new DataIntegrityProof({cryptosuite}), purpose, documentLoader}));
const verify = (secured, cryptosuite) => async () => {
  const found = await jsigs.verify(
    read(secured), {suite: new DataIntegrityProof({cryptosuite}), purpose, documentLoader});
  if(!found.verified) {
    throw found.error;
  }
};

const operations = {};
const plain = {
  'eddsa-jcs-2022': ['ed25519', eddsaJcs.createSignCryptosuite(), eddsaJcs.createVerifyCryptosuite()],
  'eddsa-rdfc-2022': ['ed25519', eddsaRdfc, eddsaRdfc],
  'ecdsa-jcs-2019': ['p256', ecdsaJcs.createSignCryptosuite(), ecdsaJcs.createVerifyCryptosuite()],
  'ecdsa-rdfc-2019': ['p256', ecdsaRdfc, ecdsaRdfc],
};
for(const [name, [key, signing, verifying]] of Object.entries(plain)) {
  operations[`${name} sign`] = sign(key, signing);
  operations[`${name} verify`] = verify(await operations[`${name} sign`](), verifying);
}
const presentationHeader = new Uint8Array(Buffer.from(given.header, 'hex'));
const selective = {
  'ecdsa-sd-2023': ['p256', ecdsaSd, {}, {}],
  'bbs-2023': ['bbs', bbs, {presentationHeader}, {expectedPresentationHeader: presentationHeader}],
};
for(const [name, [key, suite, shown, expected]] of Object.entries(selective)) {
  operations[`${name} issue`] = sign(key, suite.createSignCryptosuite({mandatoryPointers: given.mandatory}));
  const base = await operations[`${name} issue`]();
  operations[`${name} derive`] = derive(
    base, suite.createDiscloseCryptosuite({selectivePointers: given.selected, ...shown}));
  operations[`${name} verify`] = verify(
    await operations[`${name} derive`](), suite.createVerifyCryptosuite(expected));
}

const {d, ...publicJwk} = given.jwk;
const [secret, open] = [await jose.importJWK(given.jwk, 'EdDSA'), await jose.importJWK(publicJwk, 'EdDSA')];
operations['vc+jwt sign'] = () => new jose.SignJWT(read(text)).setProtectedHeader({alg: 'EdDSA', typ: 'vc+jwt'}).sign(secret);
const jwt = await operations['vc+jwt sign']();
operations['vc+jwt verify'] = () => jose.jwtVerify(jwt, open, {typ: 'vc+jwt', algorithms: ['EdDSA']});

const labels = new Map([[1, -8], [3, 'application/vc']]);
operations['vc+cose sign'] = async () => (await Sign1.sign(labels, undefined, Buffer.from(JSON.stringify(read(text))), secret)).encode();
const cose = await operations['vc+cose sign']();
operations['vc+cose verify'] = async () => {
  const found = Sign1.decode(cose);
  await found.verify(open);
  return read(found.payload.toString());
};

const subtle = {
  secret: await webcrypto.subtle.importKey('jwk', given.jwk, 'Ed25519', false, ['sign']),
  open: await webcrypto.subtle.importKey('jwk', publicJwk, 'Ed25519', false, ['verify']),
};
const sdJwt = new SDJwtVcInstance({
  signer: async data => Buffer.from(await webcrypto.subtle.sign('Ed25519', subtle.secret, Buffer.from(data))).toString('base64url'),
  verifier: (data, signature) => webcrypto.subtle.verify(
    'Ed25519', subtle.open, Buffer.from(signature, 'base64url'), Buffer.from(data)),
  signAlg: 'EdDSA', hasher: digest, hashAlg: 'sha-256', saltGenerator: generateSalt,
});
const frame = {credentialSubject: {_sd: given.disclosed}};
operations['vc+sd-jwt sign'] = () => sdJwt.issue({...read(text), vct: 'urn:example', iss: credential.issuer.id}, frame);
const whole = await operations['vc+sd-jwt sign']();
const shown = {credentialSubject: Object.fromEntries(given.disclosed.slice(0, 3).map(name => [name, true]))};
const presented = await sdJwt.present(whole, shown);
operations['vc+sd-jwt verify'] = () => sdJwt.verify(presented);

async function sample(run, loops) {
  const before = process.cpuUsage();
  for(let loop = 0; loop < loops; loop++) {
    await run();
  }
  const {user, system} = process.cpuUsage(before);
  return (user + system) / loops;
}

const cases = [];
for(const [name, run] of Object.entries(operations)) {
  const first = await sample(run, 5);
  const warm = await sample(run, Math.max(5, Math.min(300, Math.round(300000 / first))));
  cases.push({name, run, every: warm > 100000 ? 4 : 1, loops: Math.max(1, Math.round(SAMPLE_MICROSECONDS / warm)), samples: []});
}
for(let round = 0; round < ROUNDS; round++) {
  for(const one of cases.filter(({every}) => round % every === 0)) {
    one.samples.push(await sample(one.run, one.loops));
  }
}
const medians = cases.map(({name, samples}) => [name, samples.sort((a, b) => a - b)[samples.length >> 1]]);
process.stdout.write(JSON.stringify(Object.fromEntries(medians)));
