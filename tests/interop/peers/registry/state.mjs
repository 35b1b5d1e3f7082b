// Heads out of block headers: docs/specs/log-and-map.md, section 6. RLP, the trie, Keccak-256 from npm.

import {keccak_256} from '@noble/hashes/sha3';
import {refuse, Z} from './encoding.mjs';

export const keccak = bytes => Buffer.from(keccak_256(bytes));

// One RLP item at a place: {list, payload, raw, end}.
function item(bytes, at) {
  refuse(at < bytes.length, 'rlp', 'ends early');
  const first = bytes[at];
  if(first < 0x80) {
    return {list: false, payload: bytes.subarray(at, at + 1), raw: bytes.subarray(at, at + 1), end: at + 1};
  }
  const list = first >= 0xc0;
  let length = first - (list ? 0xc0 : 0x80);
  let start = at + 1;
  if(length > 55) {
    const digits = bytes.subarray(start, start += length - 55);
    refuse(digits.length === length - 55 && digits[0] !== 0, 'rlp', 'length');
    length = Number(BigInt(`0x${digits.toString('hex')}`));
    refuse(length > 55, 'rlp', 'length');
  }
  const end = start + length;
  refuse(end <= bytes.length, 'rlp', 'ends early');
  refuse(list || length !== 1 || bytes[start] >= 0x80, 'rlp', 'byte');
  return {list, payload: bytes.subarray(start, end), raw: bytes.subarray(at, end), end};
}

function items(bytes) {
  const outer = item(bytes, 0);
  refuse(outer.list && outer.end === bytes.length, 'rlp', 'no list');
  const found = [];
  for(let at = 0; at < outer.payload.length; at = found.at(-1).end) {
    found.push(item(outer.payload, at));
  }
  return found;
}

// The value at a key in the trie of that root; null where the trie shows that there is none.
function lookUp(root, key, nodes) {
  const byHash = new Map(nodes.map(node => [keccak(node).toString('hex'), node]));
  const resolve = hash => {
    const node = byHash.get(hash.toString('hex'));
    refuse(node !== undefined, 'trie', 'a node is missing');
    return node;
  };
  if(root.equals(keccak(Buffer.from([0x80])))) {
    return null;
  }
  let path = key.toString('hex');
  let node = resolve(root);
  for(;;) {
    const found = items(node);
    let child;
    if(found.length === 17) {
      if(path === '') {
        return found[16].payload.length ? found[16].payload : null;
      }
      child = found[parseInt(path[0], 16)];
      path = path.slice(1);
    } else {
      refuse(found.length === 2, 'trie', 'items');
      const digits = found[0].payload.toString('hex');
      refuse(/^(?:[13]|[02]0)/.test(digits), 'trie', 'path');
      const part = '13'.includes(digits[0]) ? digits.slice(1) : digits.slice(2);
      if('23'.includes(digits[0])) {
        return path === part && found[1].payload.length ? found[1].payload : null;
      }
      refuse(part !== '', 'trie', 'path');
      if(!path.startsWith(part)) {
        return null;
      }
      child = found[1];
      path = path.slice(part.length);
    }
    if(child.list) {
      node = child.raw;
    } else if(child.payload.length === 0) {
      return null;
    } else {
      node = resolve(child.payload);
    }
  }
}

export function readState({header, account, storage}, {contract, logId, number}) {
  // 1
  const fields = items(header);
  refuse(fields.length > 8, 'header', 'short');
  refuse(BigInt(`0x${fields[8].payload.toString('hex') || '0'}`) === BigInt(number), 'header', 'number');
  // 2
  const found = lookUp(fields[3].payload, keccak(contract), account);
  refuse(found !== null, 'account', 'none');
  const parts = items(found);
  refuse(parts.length === 4, 'account', 'items');
  const [, , storageRoot, codeHash] = parts.map(part => part.payload);
  // 3
  refuse(storage.length === 3, 'storage', 'not three');
  const base = BigInt(`0x${keccak(Buffer.concat([logId, Z])).toString('hex')}`);
  const [root, mapRoot, packed] = storage.map((nodes, offset) => {
    const slot = ((base + BigInt(offset)) % 2n ** 256n).toString(16).padStart(64, '0');
    const encoded = lookUp(storageRoot, keccak(Buffer.from(slot, 'hex')), nodes);
    if(encoded === null) {
      return Z;
    }
    const value = item(encoded, 0);
    refuse(!value.list && value.end === encoded.length && value.payload.length <= 32, 'storage', 'value');
    return Buffer.concat([Z.subarray(value.payload.length), value.payload]);
  });
  return {
    codeHash, root, mapRoot,
    size: packed.readBigUInt64BE(24), time: Number(packed.readBigUInt64BE(0)),
  };
}
