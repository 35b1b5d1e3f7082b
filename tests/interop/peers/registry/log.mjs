// Entries, tree, map, notes and policies: docs/specs/log-and-map.md, sections 2 to 5.

import {createPublicKey, verify} from 'node:crypto';
import {base64, Refused, refuse, as, sha256, u64, Z} from './encoding.mjs';

const PREFIX = Buffer.from('avow-entry/1\n');
const entry = (kind, ...fields) => Buffer.concat([PREFIX, Buffer.from([kind]), ...fields]);

export const sealEntry = (index, mapRoot) => entry(4, u64(index), mapRoot);
export const operationEntry = (scid34, version, hash34, deactivated) =>
  entry(1, scid34, u64(version), hash34, Buffer.from([deactivated ? 1 : 0]));
export const evidenceEntry = (salt, digest) => entry(2, sha256('avow-evidence/1\n', salt, digest));
export const EVENTS = ['issued', 'suspended', 'reinstated', 'revoked'];
export const eventEntry = (scid34, name, salt, digest) => {
  const event = Buffer.from([1 + EVENTS.indexOf(name)]);
  return entry(3, scid34, event, sha256('avow-event/1\n', scid34, event, salt, digest));
};

export const leafHash = bytes => sha256(Buffer.from([0]), bytes);
const node = (left, right) => sha256(Buffer.from([1]), left, right);

// Sizes reach 2^63, so indices and sizes are BigInt in here.
export function included(leaf, index, size, root, path) {
  let fn = BigInt(index), sn = BigInt(size) - 1n, hash = leaf;
  if(fn > sn) {
    return false;
  }
  for(const step of path) {
    if(sn === 0n) {
      return false;
    }
    if(fn & 1n || fn === sn) {
      hash = node(step, hash);
      while(!(fn & 1n) && fn) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      hash = node(hash, step);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && hash.equals(root);
}

export function extended(older, newer, path) {
  const [m, n] = [BigInt(older.size), BigInt(newer.size)];
  if(m > n) {
    return false;
  }
  if(m === n) {
    return path.length === 0 && older.root.equals(newer.root);
  }
  if(m === 0n) {
    return path.length === 0;
  }
  let fn = m - 1n, sn = n - 1n;
  while(fn & 1n) {
    fn >>= 1n;
    sn >>= 1n;
  }
  const rest = [...path];
  let first = fn === 0n ? older.root : rest.shift();
  if(first === undefined) {
    return false;
  }
  let second = first;
  for(const step of rest) {
    if(sn === 0n) {
      return false;
    }
    if(fn & 1n || fn === sn) {
      first = node(step, first);
      second = node(step, second);
      while(!(fn & 1n) && fn) {
        fn >>= 1n;
        sn >>= 1n;
      }
    } else {
      second = node(second, step);
    }
    fn >>= 1n;
    sn >>= 1n;
  }
  return sn === 0n && first.equals(older.root) && second.equals(newer.root);
}

export const mapKey = scid34 => sha256('avow-map-key/1\n', Buffer.from([1]), scid34);
export const mapValue = (version, hash34, index, deactivated) => sha256(
  'avow-map-value/1\n', Buffer.from([1]), u64(version), hash34, u64(index), Buffer.from([deactivated ? 1 : 0]));

const bit = (bytes, number) => bytes[number >> 3] >> (7 - (number & 7)) & 1;
const mapLeaf = (key, value) => sha256(Buffer.from([2]), key, value);

export function checkMap(root, key, claimed, proof) {
  // 1
  refuse(proof.length >= 2 && proof.length <= 8258, 'map.length');
  const [kind, depth] = proof;
  refuse(kind >= 1 && kind <= 3, 'map.kind');
  refuse((kind === 1) === (claimed !== null), 'map.answer');
  // 2
  let at = 2 + Math.ceil(depth / 8);
  refuse(proof.length >= at, 'map.length');
  const bitmap = proof.subarray(2, at);
  for(let number = depth; number < 8 * bitmap.length; number++) {
    refuse(!bit(bitmap, number), 'map.stray-bits');
  }
  refuse(depth === 0 || bit(bitmap, depth - 1), 'map.not-collapsed');
  // 3
  let hash = Z;
  if(kind === 1) {
    hash = mapLeaf(key, claimed);
  } else if(kind === 3) {
    refuse(proof.length >= at + 64, 'map.length');
    const other = proof.subarray(at, at + 32);
    refuse(!other.equals(key), 'map.same-key');
    for(let number = 0; number < depth; number++) {
      refuse(bit(other, number) === bit(key, number), 'map.off-path');
    }
    hash = mapLeaf(other, proof.subarray(at + 32, at + 64));
    at += 64;
  }
  // 4
  let set = 0;
  for(let number = 0; number < depth; number++) {
    set += bit(bitmap, number);
  }
  refuse(proof.length - at === 32 * set, 'map.length');
  // 5
  for(let level = depth - 1; level >= 0; level--) {
    let sibling = Z;
    if(bit(bitmap, level)) {
      sibling = proof.subarray(at, at += 32);
      refuse(!sibling.equals(Z), 'map.zero-sibling');
    }
    const pair = bit(key, level) ? [sibling, hash] : [hash, sibling];
    hash = sha256(Buffer.from([3]), ...pair);
  }
  // 6
  refuse(hash.equals(root), 'map.root');
}

// Notes and policies.

const isName = name => name !== '' && !/[+\p{White_Space}]/u.test(name);

function parseNote(text) {
  refuse(Buffer.byteLength(text) <= 65536 && !/[\u0000-\u0009\u000b-\u001f]/.test(text), 'note', 'size, signs');
  const split = text.lastIndexOf('\n\n');
  refuse(split >= 0 && text.length > split + 2 && text.endsWith('\n'), 'note', 'no signatures');
  const lines = text.slice(split + 2, -1).split('\n');
  refuse(lines.length <= 64, 'note', 'many signatures');
  return {
    body: text.slice(0, split + 1),
    lines: lines.map(line => {
      const [, name, blob] = /^\u2014 ([^ ]*) (.*)$/su.exec(line) ?? [];
      refuse(name !== undefined && isName(name), 'note', 'a line');
      const bytes = base64(blob);
      refuse(bytes.length >= 5, 'note', 'a short signature');
      return {name, id: bytes.toString('hex', 0, 4), blob: bytes.subarray(4)};
    }),
  };
}

function parseBody(body) {
  const lines = body.split('\n');
  refuse(lines.length === 4 && lines[3] === '', 'body', 'not three lines');
  const [origin, size, root] = lines;
  refuse(/^[\x21-\x2a\x2c-\x7e]{1,255}$/.test(origin), 'body', 'origin');
  refuse(/^(?:0|[1-9][0-9]{0,18})$/.test(size) && BigInt(size) < 2n ** 63n, 'body', 'size');
  const bytes = base64(root);
  refuse(bytes.length === 32, 'body', 'root');
  return {origin, size: BigInt(size), root: bytes};
}

function parseVkey(text) {
  const [name, id, encoded] = [text.split('+')[0], text.split('+')[1], text.split('+').slice(2).join('+')];
  const key = base64(encoded);
  const expected = sha256(name, '\n', key).toString('hex', 0, 4);
  refuse(isName(name) && id === expected && key.length === 33, 'policy.malformed', text);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key.subarray(1)]);
  return {name, id, type: key[0], key: createPublicKey({key: spki, format: 'der', type: 'spki'})};
}

// The verifier's own file. Its faults are not what these vectors are about, so this reads it without many checks.
export function parsePolicy(text) {
  const policy = {logs: [], witnesses: new Map(), groups: new Map(), quorum: null};
  for(const line of text.split('\n')) {
    const [what, ...words] = line.split(/[ \t]+/).filter(word => word !== '');
    if(what === 'log') {
      policy.logs.push(parseVkey(words[0]));
    } else if(what === 'witness') {
      policy.witnesses.set(words[0], parseVkey(words[1]));
    } else if(what === 'group') {
      const [name, threshold, ...members] = words;
      const k = {all: members.length, any: 1}[threshold] ?? Number(threshold);
      policy.groups.set(name, {k, members});
    } else if(what === 'quorum') {
      policy.quorum = words[0] === 'none' ? null : words[0];
    } else if(what !== undefined && !what.startsWith('#')) {
      throw new Refused('policy.malformed', line);
    }
  }
  return policy;
}

export const readCheckpoint = text => as('checkpoint.malformed', () => {
  const note = parseNote(text);
  return {...parseBody(note.body), ...note};
});

export function checkNote(text, policy, origin) {
  // 1
  const found = readCheckpoint(text);
  const logs = policy.logs.filter(key => key.name === origin);
  refuse(found.origin === origin && logs.length > 0, 'checkpoint.origin');
  // 2
  const of = key => found.lines.filter(line => line.name === key.name && line.id === key.id);
  let signed = false;
  for(const key of logs) {
    for(const line of of(key)) {
      refuse(verify(null, Buffer.from(found.body), key.key, line.blob), 'checkpoint.signature');
      signed = true;
    }
  }
  const times = new Map();
  for(const [name, key] of policy.witnesses) {
    for(const {blob} of of(key)) {
      refuse(blob.length === 72, 'checkpoint.cosignature', 'length');
      const time = blob.readBigUInt64BE(0);
      const message = Buffer.from(`cosignature/v1\ntime ${time}\n${found.body}`);
      refuse(time > 0n && time < 2n ** 63n, 'checkpoint.cosignature', 'time');
      refuse(verify(null, message, key.key, blob.subarray(8)), 'checkpoint.cosignature');
      times.set(name, Math.max(times.get(name) ?? 0, Number(time)));
    }
  }
  // 3
  refuse(signed, 'checkpoint.unsigned');
  // 4
  const cosigners = [...times.keys()];
  for(const [name, {k, members}] of policy.groups) {
    const newest = members.filter(member => times.has(member)).map(member => times.get(member));
    newest.sort((a, b) => b - a);
    if(newest.length >= k) {
      times.set(name, newest[k - 1]);
    }
  }
  refuse(policy.quorum === null || times.has(policy.quorum), 'checkpoint.quorum');
  const quorumTime = policy.quorum === null ? null : times.get(policy.quorum);
  return {...found, quorumTime, cosigners};
}
