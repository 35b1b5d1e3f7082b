// Avow's registry: a verifier of bundles and receipts, written from docs/specs/log-and-map.md and proof-bundle.md.
//   bundle({text, inputs}), receipt({text, inputs}): the answer, or {code} of the step that refused

import {converse} from './conversation.mjs';
import {as, base64, base64url, characters, hex, multihash34, parseJson, Refused, refuse} from './registry/encoding.mjs';
import * as log from './registry/log.mjs';
import {keccak, readState} from './registry/state.mjs';
import * as webvh from './registry/webvh.mjs';

const LEVELS = ['root', 'sealed', 'anchored', 'final'];

// Members of one object: taken one by one, none left, all refusals alike.
class Members {
  constructor(value) {
    refuse(value instanceof Map, 'form', 'no object');
    this.left = new Map(value);
  }

  has(name) {
    return this.left.has(name);
  }

  take(name) {
    refuse(this.left.has(name), 'form', `no ${name}`);
    const value = this.left.get(name);
    this.left.delete(name);
    return value;
  }

  text(name, most) {
    const value = this.take(name);
    refuse(typeof value === 'string' && characters(value) <= most, 'form', name);
    return value;
  }

  optionalText(name, most) {
    const value = this.has(name) ? this.text(name, most) : null;
    refuse(value === null || Buffer.byteLength(value) <= most, 'form', name);
    return value;
  }

  integer(name) {
    const value = this.take(name);
    refuse(Number.isSafeInteger(value) && value >= 0, 'form', name);
    return value;
  }

  boolean(name) {
    const value = this.take(name);
    refuse(typeof value === 'boolean', 'form', name);
    return value;
  }

  hash(name) {
    const bytes = base64url(this.text(name, 43));
    refuse(bytes.length === 32, 'form', name);
    return bytes;
  }

  list(name, most) {
    const value = this.take(name);
    refuse(Array.isArray(value) && value.length <= most, 'form', name);
    return value;
  }

  path(name) {
    const hashes = bytesOf(this.list(name, 64), 43);
    refuse(hashes.every(hash => hash.length === 32), 'form', name);
    return hashes;
  }

  object(name) {
    return new Members(this.take(name));
  }

  done() {
    refuse(this.left.size === 0, 'form', `unknown ${[...this.left.keys()]}`);
  }
}

function bytesOf(list, most) {
  refuse(Array.isArray(list) && list.length <= 64, 'form', 'list');
  return list.map(text => {
    refuse(typeof text === 'string' && text.length <= most, 'form', 'bytes');
    return base64url(text);
  });
}

function anchorsOf(members) {
  if(!members.has('anchors')) {
    return [];
  }
  return members.list('anchors', 8).map(item => {
    const claim = new Members(item), block = claim.object('block');
    const found = {
      chain: claim.text('chain', 64), contract: claim.text('contract', 42), logId: claim.text('logId', 66),
      number: block.integer('number'), state: null,
    };
    refuse(/^eip155:[1-9][0-9]{0,31}$/.test(found.chain), 'form', 'chain');
    hex(found.contract, 20);
    hex(found.logId, 32);
    hex(block.text('hash', 66), 32);
    if(claim.has('state')) {
      const state = claim.object('state');
      found.state = {
        header: base64url(state.text('header', 65536)),
        account: bytesOf(state.list('account', 64), 5462),
        storage: state.list('storage', 64).map(nodes => bytesOf(nodes, 5462)),
      };
      state.done();
    }
    block.done();
    claim.done();
    return found;
  });
}

// proof-bundle.md, section 3, steps 1 and 2.
function parseBundle(text) {
  const bytes = Buffer.from(text);
  refuse(bytes.length <= 8388608, 'bundle.too-large');
  const [bundle, type, version] = as('bundle.malformed', () => {
    const members = new Members(parseJson(bytes));
    const type = members.text('type', 256), version = members.integer('version');
    const seal = members.object('seal'), entry = members.has('entry') ? members.object('entry') : null;
    const bundle = {
      did: members.text('did', 2048),
      history: members.optionalText('history', 4 << 20),
      witnesses: members.optionalText('witnesses', 1 << 20),
      checkpoint: members.text('checkpoint', 65536),
      mapRoot: seal.hash('mapRoot'),
      sealPath: seal.path('path'),
      map: base64url(members.text('map', 12000)),
      index: entry?.integer('index'),
      entryPath: entry?.path('path'),
      anchors: anchorsOf(members),
    };
    [seal, entry, members].forEach(part => part?.done());
    refuse((bundle.history === null) === (entry === null), 'form', 'history and entry');
    refuse(bundle.history !== null || bundle.witnesses === null, 'form', 'witnesses');
    return [bundle, type, version];
  });
  refuse(type === 'AvowRegistryProof' && version === 1, 'bundle.type');
  return bundle;
}

const LABEL = '[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?';
const DID = new RegExp(`^did:webvh:([^:]+):(localhost|${LABEL}(?:\\.${LABEL})+)(?:%3A[1-9][0-9]{0,4})?((?::[^:]+)*)$`);

function scidOf(did) {
  const [, scid, host] = DID.exec(did) ?? [];
  refuse(scid !== undefined && !/(?:^|\.)(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/.test(host), 'bundle.did', did);
  return as('bundle.did', () => [scid, multihash34(scid)]);
}

// Steps 4 and 5.
function acceptCheckpoint(text, inputs) {
  let found;
  if(inputs.policy === null) {
    found = {...log.readCheckpoint(text), quorumTime: null, cosigners: []};
    refuse(found.origin === inputs.origin, 'checkpoint.origin');
    refuse(found.size === BigInt(inputs.root.size), 'root.size');
    refuse(found.root.equals(bytes32(inputs.root.root)), 'root.differs');
  } else {
    found = log.checkNote(text, log.parsePolicy(inputs.policy), inputs.origin);
  }
  const other = inputs.known.some(({size, root}) => BigInt(size) === found.size && !bytes32(root).equals(found.root));
  refuse(!other, 'log.forked', 'seen before');
  return found;
}

const bytes32 = text => Buffer.from(text.replace(/^0x/, ''), 'hex');
const samePlace = (one, other) =>
  one.chain === other.chain && one.contract === other.contract && one.logId === other.logId;

// Section 4.
function judgeAnchors(anchors, checkpoint, mapRoot, inputs) {
  const counted = new Map(), times = [], reasons = [];
  for(const claim of anchors) {
    // 1
    const trusted = inputs.chains.find(chain => samePlace(chain, claim));
    if(!trusted) {
      const here = inputs.chains.filter(chain => chain.chain === claim.chain);
      const inContract = here.filter(chain => chain.contract === claim.contract);
      reasons.push(inContract.length ? 'anchor.log-id' : here.length ? 'anchor.contract' : 'anchor.chain');
      continue;
    }
    // 2
    const head = headOf(claim, trusted, inputs);
    if(typeof head === 'string') {
      reasons.push(head);
      continue;
    }
    // 3
    refuse(head.codeHash.equals(bytes32(trusted.codeHash)), 'anchor.code');
    // 4
    const reason = compare(head, checkpoint, mapRoot, inputs);
    if(reason) {
      reasons.push(reason);
      continue;
    }
    if(head.size === checkpoint.size) {
      times.push(head.time);
    }
    counted.set(trusted, counted.get(trusted) || head.final);
  }
  for(const trusted of inputs.chains.filter(chain => !anchors.some(claim => samePlace(chain, claim)))) {
    const head = ownHead(trusted, inputs);
    if(head) {
      refuse(head.codeHash.equals(bytes32(trusted.codeHash)), 'anchor.code');
      compare(head, checkpoint, mapRoot, inputs);
    }
  }
  const final = [...counted.values()].some(Boolean);
  const level = final ? 'final' : counted.size ? 'anchored' : inputs.policy === null ? 'root' : 'sealed';
  const bearing = [...counted].filter(([, isFinal]) => isFinal || !final).map(([chain]) => chain);
  return {level, bearing, times, reasons};
}

function ownHead(trusted, inputs) {
  const own = inputs.heads.find(head => samePlace(head, trusted));
  return own && {
    codeHash: bytes32(own.codeHash), root: bytes32(own.root), mapRoot: bytes32(own.mapRoot),
    size: BigInt(own.size), time: own.time, final: own.final,
  };
}

function headOf(claim, trusted, inputs) {
  const own = ownHead(trusted, inputs);
  if(own) {
    return own;
  }
  if(claim.state === null) {
    return 'anchor.unverified';
  }
  const hash = keccak(claim.state.header);
  const block = inputs.trustedBlocks.find(({chain, hash: named}) => chain === trusted.chain && bytes32(named).equals(hash));
  if(!block) {
    return 'anchor.block';
  }
  const place = {contract: bytes32(trusted.contract), logId: bytes32(trusted.logId), number: claim.number};
  return {...as('anchor.state', () => readState(claim.state, place)), final: block.final};
}

function compare(head, checkpoint, mapRoot, inputs) {
  if(head.size === checkpoint.size) {
    refuse(head.root.equals(checkpoint.root), 'log.forked');
    refuse(mapRoot === null || head.mapRoot.equals(mapRoot), 'log.forked', 'map root');
    return null;
  }
  const [older, newer] = head.size < checkpoint.size ? [head, checkpoint] : [checkpoint, head];
  const extension = inputs.extensions.find(
    path => BigInt(path.old) === older.size && BigInt(path.new) === newer.size);
  refuse(!extension || log.extended(older, newer, extension.proof.map(bytes32)), 'anchor.extension');
  if(head.size < checkpoint.size) {
    return 'anchor.behind';
  }
  return extension ? null : 'anchor.extension';
}

// Steps 11 and 12; gives what section 3, step 13 names beside the DID's own.
function require({level, bearing, times, reasons}, checkpoint, inputs) {
  const {level: wanted, maxAge, cosigned} = inputs.require;
  if(LEVELS.indexOf(level) < LEVELS.indexOf(wanted)) {
    refuse(wanted !== 'sealed', 'root.only');
    throw new Refused(reasons[0] ?? (level === 'anchored' ? 'anchor.not-final' : 'anchor.missing'));
  }
  refuse(!cosigned || checkpoint.quorumTime !== null, 'checkpoint.quorum');
  const trusted = checkpoint.quorumTime === null ? times : [...times, checkpoint.quorumTime];
  const asOf = trusted.length ? Math.max(...trusted) : null;
  refuse(asOf === null || asOf <= inputs.now + 60, 'age.future');
  if(maxAge !== null) {
    refuse(asOf !== null, 'age.unknown');
    refuse(inputs.now - asOf <= maxAge, 'age.exceeded');
  }
  return {
    level, size: Number(checkpoint.size), asOf, cosigners: checkpoint.cosigners, reasons,
    localChainOnly: bearing.length > 0 && bearing.every(chain => chain.kind === 'local'),
  };
}

function bundle({text, inputs}) {
  const found = parseBundle(text);
  // 3
  refuse(found.did === inputs.expectedDid, 'bundle.did');
  const [scid, scid34] = scidOf(found.did);
  // 4, 5
  const checkpoint = acceptCheckpoint(found.checkpoint, inputs);
  // 6
  refuse(checkpoint.size > 0n, 'seal.inclusion', 'empty');
  const seal = log.leafHash(log.sealEntry(checkpoint.size - 1n, found.mapRoot));
  refuse(log.included(seal, checkpoint.size - 1n, checkpoint.size, checkpoint.root, found.sealPath), 'seal.inclusion');
  // 7
  let last = null;
  if(found.history !== null) {
    const first = as('history.invalid', () => webvh.readEntry(webvh.lines(found.history)[0]));
    refuse(first.parameters.scid === scid, 'bundle.did', 'another SCID');
    last = as('history.invalid', () => webvh.verifyHistory(found.history));
    refuse(last.document.id === found.did, 'bundle.did', 'another id');
  }
  // 8, 9
  const claimed = last && log.mapValue(last.number, last.hash34, found.index, last.deactivated);
  log.checkMap(found.mapRoot, log.mapKey(scid34), claimed, found.map);
  if(last) {
    const leaf = log.leafHash(log.operationEntry(scid34, last.number, last.hash34, last.deactivated));
    refuse(log.included(leaf, found.index, checkpoint.size, checkpoint.root, found.entryPath), 'entry.inclusion');
  }
  // 10 to 13
  const verdict = judgeAnchors(found.anchors, checkpoint, found.mapRoot, inputs);
  return {version: last?.number ?? null, deactivated: last?.deactivated ?? null, ...require(verdict, checkpoint, inputs)};
}

// Section 5.
function openingOf(members) {
  const kind = members.text('kind', 16);
  if(kind === 'did') {
    const [, number, hash] = /^([1-9][0-9]{0,15})-(.*)$/s.exec(members.text('versionId', 128)) ?? [];
    refuse(number !== undefined && Number.isSafeInteger(Number(number)), 'form', 'versionId');
    const [scid, deactivated] = [members.text('scid', 64), members.boolean('deactivated')];
    const entry = log.operationEntry(multihash34(scid), Number(number), multihash34(hash), deactivated);
    return [{kind, scid, versionId: `${number}-${hash}`, deactivated}, entry];
  }
  refuse(kind === 'evidence' || kind === 'event', 'form', 'kind');
  const [salt, digest] = [members.hash('salt'), members.hash('digest')];
  const subject = {kind, digest: digest.toString('base64url')};
  if(kind === 'evidence') {
    return [subject, log.evidenceEntry(salt, digest)];
  }
  const [issuer, event] = [members.text('issuer', 64), members.text('event', 16)];
  refuse(log.EVENTS.includes(event), 'form', 'event');
  return [{...subject, issuer, event}, log.eventEntry(multihash34(issuer), event, salt, digest)];
}

function parseProof(text) {
  const split = text.indexOf('\n\n');
  refuse(split >= 0, 'form', 'proof');
  const [version, ...lines] = text.slice(0, split).split('\n');
  refuse(version === 'c2sp.org/tlog-proof@v1', 'form', 'proof version');
  if(lines[0]?.startsWith('extra ')) {
    base64(lines.shift().slice(6));
  }
  const [, index] = /^index (0|[1-9][0-9]{0,18})$/.exec(lines.shift() ?? '') ?? [];
  refuse(index !== undefined && lines.length <= 64, 'form', 'index');
  const path = lines.map(base64);
  refuse(path.every(hash => hash.length === 32), 'form', 'hash');
  return {index: BigInt(index), path, checkpoint: text.slice(split + 2)};
}

function receipt({text, inputs}) {
  // 1
  const [subject, entry, proof, anchors] = as('receipt.malformed', () => {
    const bytes = Buffer.from(text);
    refuse(bytes.length <= 262144, 'form', 'size');
    const members = new Members(parseJson(bytes));
    refuse(members.text('type', 256) === 'AvowRegistryReceipt' && members.integer('version') === 1, 'form', 'type');
    const opening = members.object('opening');
    const found = [...openingOf(opening), parseProof(members.text('proof', 262144)), anchorsOf(members)];
    opening.done();
    members.done();
    return found;
  });
  // 2
  const names = Object.keys({...subject, ...inputs.subject});
  refuse(names.every(name => subject[name] === inputs.subject[name]), 'receipt.subject');
  // 3
  const checkpoint = acceptCheckpoint(proof.checkpoint, inputs);
  // 4
  const {index, path} = proof;
  refuse(log.included(log.leafHash(entry), index, checkpoint.size, checkpoint.root, path), 'entry.inclusion');
  // 5, 6
  const verdict = judgeAnchors(anchors, checkpoint, null, inputs);
  return {index: Number(index), ...require(verdict, checkpoint, inputs)};
}

// A refusal with a code is an answer; anything else is a defect of this program.
const answering = verify => task => {
  try {
    return verify(task);
  } catch(error) {
    if(error instanceof Refused) {
      return {code: error.code, detail: error.message};
    }
    throw error;
  }
};

await converse(() => ({bundle: answering(bundle), receipt: answering(receipt)}));
