// As much of did:webvh 1.0 as a history without witnesses takes: written from that text.

import {createPublicKey, verify} from 'node:crypto';
import canonicalize from 'canonicalize';
import {Double, fromBase58, multihash34, parseJson, refuse, sha256, toBase58} from './encoding.mjs';

const PLACEHOLDER = '{SCID}';
const jcs = value => canonicalize(value);
const hashText = text => toBase58(Buffer.concat([Buffer.from([0x12, 0x20]), sha256(text)]));

// Maps of the strict parser to plain values.
function plain(value) {
  if(value instanceof Map) {
    return Object.fromEntries([...value].map(([name, member]) => [name, plain(member)]));
  }
  if(value instanceof Double) {
    return value.value;
  }
  return Array.isArray(value) ? value.map(plain) : value;
}

export function lines(text) {
  return text.replace(/[\r\n]+$/, '').split('\n').map(line => line.replace(/\r+$/, ''));
}

export function readEntry(line) {
  const entry = plain(parseJson(Buffer.from(line)));
  const names = ['parameters', 'proof', 'state', 'versionId', 'versionTime'];
  refuse(JSON.stringify(Object.keys(entry).sort()) === JSON.stringify(names), 'webvh', 'members');
  const [, number, hash] = /^([1-9][0-9]{0,14})-(.{46})$/.exec(entry.versionId) ?? [];
  refuse(number !== undefined, 'webvh', 'versionId');
  refuse(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)$/.test(entry.versionTime), 'webvh', 'time');
  const {proof, ...unsigned} = entry;
  return {...entry, unsigned, proofs: proof, number: Number(number), hash34: multihash34(hash)};
}

function checkProof(unsigned, proof, keys) {
  const {proofValue, ...options} = proof;
  const multikey = proof.verificationMethod.split('#')[1];
  refuse(proof.type === 'DataIntegrityProof' && proof.cryptosuite === 'eddsa-jcs-2022', 'webvh', 'suite');
  refuse(proof.proofPurpose === 'assertionMethod', 'webvh', 'purpose');
  refuse(proof.verificationMethod === `did:key:${multikey}#${multikey}`, 'webvh', 'method');
  refuse(keys.includes(multikey) && !('expires' in proof), 'webvh', 'key');
  refuse(multikey.startsWith('z') && proofValue.startsWith('z'), 'webvh', 'multibase');
  const raw = fromBase58(multikey.slice(1));
  refuse(raw.length === 34 && raw[0] === 0xed && raw[1] === 0x01, 'webvh', 'key type');
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw.subarray(2)]);
  const key = createPublicKey({key: spki, format: 'der', type: 'spki'});
  const message = Buffer.concat([sha256(jcs(options)), sha256(jcs(unsigned))]);
  refuse(verify(null, message, key, fromBase58(proofValue.slice(1))), 'webvh', 'signature');
}

// The last version of a valid history: {number, hash34, deactivated, document}. Throws otherwise.
export function verifyHistory(text) {
  let previous = null, keys = null, committed = [], scid = null, portable = false;
  for(const line of lines(text)) {
    const entry = readEntry(line);
    const {parameters, state, unsigned} = entry;
    refuse(entry.number === (previous?.number ?? 0) + 1 && !previous?.parameters.deactivated, 'webvh', 'number');
    refuse(!previous || Date.parse(entry.versionTime) > Date.parse(previous.versionTime), 'webvh', 'time');
    refuse(Object.keys(parameters.witness ?? {}).length === 0, 'webvh', 'witnesses are beyond this program');
    if(previous === null) {
      refuse(parameters.method === 'did:webvh:1.0', 'webvh', 'method');
      ({scid, portable = false} = parameters);
      const template = jcs({...unsigned, versionId: PLACEHOLDER}).replaceAll(scid, PLACEHOLDER);
      refuse(hashText(jcs(JSON.parse(template))) === scid, 'webvh', 'scid');
      keys = parameters.updateKeys;
    } else if(committed.length) {
      const {updateKeys, nextKeyHashes} = parameters;
      refuse(updateKeys && nextKeyHashes, 'webvh', 'pre-rotation');
      refuse(updateKeys.every(key => committed.includes(hashText(key))), 'webvh', 'pre-rotation');
      keys = updateKeys;
    }
    committed = parameters.nextKeyHashes ?? committed;
    const before = previous?.versionId ?? scid;
    refuse(entry.versionId === `${entry.number}-${hashText(jcs({...unsigned, versionId: before}))}`, 'webvh', 'hash');
    refuse(state.id.split(':')[2] === scid, 'webvh', 'id');
    const moved = previous && state.id !== previous.state.id;
    refuse(!moved || portable && state.alsoKnownAs?.includes(previous.state.id), 'webvh', 'move');
    refuse(entry.proofs.length > 0, 'webvh', 'proof');
    entry.proofs.forEach(proof => checkProof(unsigned, proof, keys));
    keys = parameters.updateKeys ?? keys;
    portable &&= parameters.portable ?? true;
    previous = entry;
  }
  return {
    number: previous.number, hash34: previous.hash34, document: previous.state,
    deactivated: previous.parameters.deactivated === true,
  };
}
