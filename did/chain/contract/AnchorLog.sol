// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.30;

/// @title AnchorLog
/// @notice Holds the newest checkpoint of append-only logs and refuses one that does not extend the last.
///
/// A log is a Merkle tree over SHA-256 as in RFC 9162, section 2.1. Its batches end with a seal: an entry
/// that holds its own index and the root of a map over all entries before it. A checkpoint (size, root,
/// map root) is taken only if
///   1. its publisher sends it,
///   2. its size is larger than the size held,
///   3. a consistency proof shows that the new tree extends the tree held, and
///   4. an inclusion proof shows that the last leaf is the seal for exactly this size and map root.
///
/// @dev Security notes.
/// - Point 3 alone does not authenticate the size: a consistency proof fits other sizes of a like shape.
///   Point 4 does, because the seal names its own index. Both are always checked.
/// - No upgrade, no owner of the contract, no value, no external call but to the SHA-256 precompile, whose
///   success and return size are checked (an address without code would answer success and nothing).
/// - The id of a log is a hash over the account that opened it, so nobody can squat another's id. It never
///   changes, whoever is admin later.
/// - The admin can name publishers, pause and close. It can never rewrite what is held. Roles move in two
///   steps, so that none moves to an account that cannot act; a new admin voids the open offer of
///   publisher, so that a former admin cannot keep one in reserve.
/// - A stolen publisher key can append entries under valid seals and no more: pause, replace, and answer
///   with later entries or a successor.
/// - What the contract cannot see: whether the map root follows from the entries, whether subtrees hold
///   published entries, and whether a dishonest publisher planted a seal with a false index earlier.
///   Whoever replays the log sees all three.
/// - Loops run once per proof node and are paid by the sender. A proof longer than the tree is deep is
///   refused as soon as the path is used up.
/// - Unknown selectors and any value revert. Arguments with dirty upper bits revert in the ABI decoder.
contract AnchorLog {
    /// Layout fixed with the first version: state proofs name these slots.
    /// base = keccak256(logId, 0); base+0 root; +1 mapRoot; +2 size | sequence | blockNumber | time;
    /// +3 publisher | paused | closed; +4 admin; +5 offeredPublisher; +6 offeredAdmin.
    struct Log {
        bytes32 root;
        bytes32 mapRoot;
        uint64 size;
        uint64 sequence;
        uint64 blockNumber;
        uint64 time;
        address publisher;
        bool paused;
        bool closed;
        address admin;
        address offeredPublisher;
        address offeredAdmin;
    }

    mapping(bytes32 logId => Log) private logs;

    event Opened(bytes32 indexed logId, address indexed admin, bytes32 indexed originHash, address publisher);
    event Anchored(
        bytes32 indexed logId, uint64 indexed size, uint64 sequence, bytes32 root, bytes32 mapRoot
    );
    event PublisherOffered(bytes32 indexed logId, address account);
    event PublisherChanged(bytes32 indexed logId, address account);
    event AdminOffered(bytes32 indexed logId, address account);
    event AdminChanged(bytes32 indexed logId, address account);
    event PauseSet(bytes32 indexed logId, bool paused);
    event Closed(bytes32 indexed logId, uint256 nextChainId, address nextContract, bytes32 nextLogId);

    error ZeroAddress();
    error AlreadyOpen();
    error NotPublisher();
    error IsPaused();
    error IsClosed();
    error NotLarger(uint64 held, uint64 offered);
    error NotConsistent();
    error NotSealed();
    error NotAdmin();
    error NotOffered();
    error HashFailed();

    modifier onlyAdmin(bytes32 logId) {
        if (logs[logId].admin != msg.sender) revert NotAdmin();
        _;
    }

    // ------------------------------------------------------------------------------------ opening

    /// @notice The id of the log that `admin` opened for an origin with this Keccak-256 hash.
    function logIdOf(address admin, bytes32 originHash) public pure returns (bytes32) {
        return keccak256(abi.encode(admin, originHash));
    }

    /// @notice Open a log with the sender as its admin.
    function open(bytes32 originHash, address publisher) external returns (bytes32 logId) {
        if (publisher == address(0)) revert ZeroAddress();
        logId = logIdOf(msg.sender, originHash);
        Log storage log = logs[logId];
        // The publisher of an open log is never zero; the admin is not asked, since it may be another now.
        if (log.publisher != address(0)) revert AlreadyOpen();
        log.admin = msg.sender;
        log.publisher = publisher;
        emit Opened(logId, msg.sender, originHash, publisher);
    }

    // ---------------------------------------------------------------------------------- anchoring

    /// @notice Take a checkpoint that extends the one held.
    /// @param extension RFC 9162 consistency proof from the size held to `size`; empty from size 0
    /// @param edge RFC 9162 inclusion proof of the leaf at `size` - 1
    function anchor(
        bytes32 logId,
        uint64 size,
        bytes32 root,
        bytes32 mapRoot,
        bytes32[] calldata extension,
        bytes32[] calldata edge
    ) external {
        Log storage log = logs[logId];
        // 1. the sender may publish (an id that nobody opened has publisher zero, which never sends)
        if (log.publisher != msg.sender) revert NotPublisher();
        if (log.paused) revert IsPaused();
        if (log.closed) revert IsClosed();
        // 2. the size grows
        uint64 held = log.size;
        if (size <= held) revert NotLarger(held, size);
        // 3. the new tree extends the one held
        if (!_extends(held, size, log.root, root, extension)) revert NotConsistent();
        // 4. the last leaf is the seal of this size and map root
        if (!_included(_sealLeaf(size - 1, mapRoot), size - 1, size, root, edge)) revert NotSealed();
        // 5. hold it
        uint64 sequence = log.sequence + 1;
        log.root = root;
        log.mapRoot = mapRoot;
        log.size = size;
        log.sequence = sequence;
        log.blockNumber = uint64(block.number);
        log.time = uint64(block.timestamp);
        emit Anchored(logId, size, sequence, root, mapRoot);
    }

    // ------------------------------------------------------------------------------------ reading

    /// @notice The newest checkpoint; all zero before the first anchor and for an id that nobody opened.
    function head(bytes32 logId)
        external
        view
        returns (uint64 size, uint64 sequence, uint64 blockNumber, uint64 time, bytes32 root, bytes32 mapRoot)
    {
        Log storage log = logs[logId];
        return (log.size, log.sequence, log.blockNumber, log.time, log.root, log.mapRoot);
    }

    /// @notice Who may do what, and whether the log takes anchors.
    function roles(bytes32 logId)
        external
        view
        returns (
            address admin,
            address publisher,
            address offeredAdmin,
            address offeredPublisher,
            bool paused,
            bool closed
        )
    {
        Log storage log = logs[logId];
        return (log.admin, log.publisher, log.offeredAdmin, log.offeredPublisher, log.paused, log.closed);
    }

    /// @notice Whether `entry` is the log's entry at `index`, as of the newest checkpoint.
    /// @dev An empty log holds nothing: its size 0 refuses every index.
    function includes(bytes32 logId, bytes calldata entry, uint64 index, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        Log storage log = logs[logId];
        return _included(_entryLeaf(entry), index, log.size, log.root, path);
    }

    // -------------------------------------------------------------------------------------- roles

    /// @notice Offer the publisher's role; the zero address withdraws the offer.
    function offerPublisher(bytes32 logId, address account) external onlyAdmin(logId) {
        logs[logId].offeredPublisher = account;
        emit PublisherOffered(logId, account);
    }

    /// @notice Take the publisher's role that was offered to the sender.
    function acceptPublisher(bytes32 logId) external {
        Log storage log = logs[logId];
        if (log.offeredPublisher != msg.sender) revert NotOffered();
        log.offeredPublisher = address(0);
        log.publisher = msg.sender;
        emit PublisherChanged(logId, msg.sender);
    }

    /// @notice Offer the admin's role; the zero address withdraws the offer.
    function offerAdmin(bytes32 logId, address account) external onlyAdmin(logId) {
        logs[logId].offeredAdmin = account;
        emit AdminOffered(logId, account);
    }

    /// @notice Take the admin's role that was offered to the sender; an open offer of publisher is void.
    function acceptAdmin(bytes32 logId) external {
        Log storage log = logs[logId];
        if (log.offeredAdmin != msg.sender) revert NotOffered();
        log.offeredAdmin = address(0);
        log.offeredPublisher = address(0);
        log.admin = msg.sender;
        emit AdminChanged(logId, msg.sender);
    }

    /// @notice Stop anchors at once, or let them go on.
    function setPaused(bytes32 logId, bool paused) external onlyAdmin(logId) {
        logs[logId].paused = paused;
        emit PauseSet(logId, paused);
    }

    /// @notice End the log for ever and name its successor (zeros if there is none).
    function close(bytes32 logId, uint256 nextChainId, address nextContract, bytes32 nextLogId)
        external
        onlyAdmin(logId)
    {
        if (logs[logId].closed) revert IsClosed();
        logs[logId].closed = true;
        emit Closed(logId, nextChainId, nextContract, nextLogId);
    }

    // ------------------------------------------------------------------------------------- proofs

    /// @dev RFC 9162, section 2.1.4.2, for m < n; from size 0 the proof must be empty.
    function _extends(uint256 m, uint256 n, bytes32 oldRoot, bytes32 newRoot, bytes32[] calldata proof)
        private
        view
        returns (bool)
    {
        if (m == 0) return proof.length == 0;
        uint256 fn = m - 1;
        uint256 sn = n - 1;
        while (fn & 1 == 1) {
            fn >>= 1;
            sn >>= 1;
        }
        uint256 next = 0;
        bytes32 first = oldRoot;
        if (fn != 0) {
            if (proof.length == 0) return false;
            first = proof[0];
            next = 1;
        }
        bytes32 second = first;
        for (; next < proof.length; ++next) {
            if (sn == 0) return false;
            bytes32 node = proof[next];
            if (fn & 1 == 1 || fn == sn) {
                first = _node(node, first);
                second = _node(node, second);
                while (fn != 0 && fn & 1 == 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                second = _node(second, node);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && first == oldRoot && second == newRoot;
    }

    /// @dev RFC 9162, section 2.1.3.2.
    function _included(bytes32 leaf, uint256 index, uint256 size, bytes32 root, bytes32[] calldata path)
        private
        view
        returns (bool)
    {
        if (index >= size) return false;
        uint256 fn = index;
        uint256 sn = size - 1;
        bytes32 hash = leaf;
        for (uint256 next = 0; next < path.length; ++next) {
            if (sn == 0) return false;
            if (fn & 1 == 1 || fn == sn) {
                hash = _node(path[next], hash);
                while (fn != 0 && fn & 1 == 0) {
                    fn >>= 1;
                    sn >>= 1;
                }
            } else {
                hash = _node(hash, path[next]);
            }
            fn >>= 1;
            sn >>= 1;
        }
        return sn == 0 && hash == root;
    }

    // ------------------------------------------------------------------------------------- hashes

    /// @dev SHA-256 of 0x01, left, right, written where free memory begins and not kept. Arguments of
    /// assembly functions are evaluated from the right: the call comes before the size of its answer.
    function _node(bytes32 left, bytes32 right) private view returns (bytes32 hash) {
        bool ok;
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore8(at, 0x01)
            mstore(add(at, 1), left)
            mstore(add(at, 33), right)
            ok := and(eq(returndatasize(), 32), staticcall(gas(), 2, at, 65, 0x00, 32))
            hash := mload(0x00)
        }
        if (!ok) revert HashFailed();
    }

    /// @dev Leaf of the seal: SHA-256 of 0x00, "avow-entry/1\n", 0x04, the index in 8 bytes, the map root.
    function _sealLeaf(uint64 index, bytes32 mapRoot) private view returns (bytes32) {
        return _sha256(abi.encodePacked(hex"00", "avow-entry/1\n", hex"04", index, mapRoot));
    }

    /// @dev Leaf of any entry: SHA-256 of 0x00 and the entry.
    function _entryLeaf(bytes calldata entry) private view returns (bytes32) {
        return _sha256(abi.encodePacked(hex"00", entry));
    }

    function _sha256(bytes memory input) private view returns (bytes32 hash) {
        bool ok;
        assembly ("memory-safe") {
            ok := and(eq(returndatasize(), 32), staticcall(gas(), 2, add(input, 32), mload(input), 0x00, 32))
            hash := mload(0x00)
        }
        if (!ok) revert HashFailed();
    }
}
