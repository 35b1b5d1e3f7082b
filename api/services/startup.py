"""Starting and stopping the service, in order.

Start:
1. take the data directory's lock
2. refuse where a database must have been and is none (`store.lost`)
   migrate the database; compare the public URL with the stored one (`settings.public-url-changed`)
3. master key; the service's own keys; the first client (its file before its row)
4. open the log (one of an earlier release gets what follows from its entries first); compare it with the
   checkpoint register (`register.behind`, `register.forked`), and the register with what the database says
   was signed (`register.lost`); only then cut off a torn line, and write the service's keys beside the
   database
5. open the chain
   (its head is compared with log and anchors in 6: `chain.ahead`, `log.forked`, `chain.behind`)
6. start the writer and the tasks; sign and seal what a crash left undone

Stop, in reverse: the tasks, the writer (it finishes what waits), chain, database, lock.
"""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from api.bulk import BulkIssuing
from api.egress import EgressClient
from api.errors import ApiError
from api.keys.keyring import ServiceKeys
from api.keys.opening import open_vault, set_meta
from api.keys.service_file import ServiceFile
from api.logs import logger
from api.registry.cosigning import Cosigning
from api.registry.derived import derive_again, is_derived
from api.registry.entries import Entries
from api.registry.notes import Notes
from api.registry.pace import Pace
from api.registry.publisher import Publisher
from api.registry.register_file import RegisterFile
from api.registry.registry import Registry
from api.registry.sealer import Rhythm, Sealer
from api.registry.sequencer import Sequencer, count_entries
from api.registry.standing import Standing
from api.registry.tiles import PublicFolder, Tiles
from api.services import bootstrap, housekeeping
from api.services.chains import open_chain
from api.services.core import Core, Pool
from api.services.documents import Documents
from api.services.elsewhere import Elsewhere
from api.services.policy_files import asked_witnesses
from api.services.revocation.serving import Revocations
from api.services.schema_sources import known_sources
from api.services.status.lists import StatusLists
from api.services.suites import Suites
from api.services.witnessing import Witness
from api.store.engine import reading_engine, writing_engine
from api.store.lock import DataLock
from api.store.migrate import migrate, revision
from api.store.reader import Reader
from api.store.tables import Checkpoint
from api.store.writer import Writer
from did.keys import Ed25519Signer
from did.registry.note import NoteSigner
from did.registry.register import Register

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from api.keys.vault import Vault
    from api.settings import Settings
    from api.system import System


@asynccontextmanager
async def running(settings: Settings, system: System) -> AsyncIterator[Core]:
    """The running service, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        stack.enter_context(DataLock(settings.data))  # 1
        _check_there(settings)
        engine = stack.enter_context(_disposed(writing_engine(settings.database_path)))
        schema, vault, keys = _database(engine, settings, system)  # 2, 3
        reader = Reader(stack.enter_context(_disposed(reading_engine(settings.database_path))))
        writer = Writer(engine)
        pool = Pool()
        stack.callback(pool.close)
        witness, asked = Witness.configured(settings, keys.witness), asked_witnesses(settings)
        sealer, sequencer, notes = _log(stack, settings, system, engine, reader, writer, keys)  # 4
        publisher = await _chain(stack, settings, system, keys, sequencer, sealer, writer, reader)  # 5
        cosigning = Cosigning(
            policy=asked[0],
            clients=asked[1],
            sequencer=sequencer,
            sealer=sealer,
            publisher=publisher,
            notes=notes,
            system=system,
        )
        tiles = Tiles(sequencer, reader, sealer)
        registry = Registry(
            origin=settings.origin,
            schema=schema,
            notes=notes,
            sequencer=sequencer,
            sealer=sealer,
            publisher=publisher,
            cosigning=cosigning,
            tiles=tiles,
            reader=reader,
            writer=writer,
            system=system,
            anchor_lag=settings.anchor_lag_seconds,
        )
        folder = PublicFolder(settings.public_log_path, tiles, sealer)
        standing = Standing(
            settings=settings,
            sequencer=sequencer,
            sealer=sealer,
            publisher=publisher,
            cosigning=cosigning,
            folder=folder,
            system=system,
        )
        known = known_sources(reader, settings.public_url)
        egress, elsewhere = _egress(stack, settings, system, pool)
        suites = Suites.create(known.contexts)
        revocations = Revocations(reader, settings.public_url, suites.bbs)
        core = Core(
            settings=settings,
            system=system,
            writer=writer,
            reader=reader,
            vault=vault,
            pool=pool,
            registry=registry,
            entries=Entries(registry, publisher.rows, reader),
            standing=standing,
            witness=witness,
            documents=Documents(reader, registry),
            suites=suites,
            egress=egress,
            elsewhere=elsewhere,
            known=known,
            statuses=StatusLists(reader, settings.public_url),
            revocations=revocations,
            bulk=BulkIssuing(),
        )
        writer.start()  # 6
        stack.callback(writer.close)
        stack.push_async_callback(revocations.close)
        await sealer.settle()
        await publisher.settle()
        cosigning.settle()
        # Not before: what can be shown is not known until each of them has looked.
        sequencer.needed_from = registry.needed_from
        await stack.enter_async_context(_tasks(core, sealer, publisher, cosigning, folder))
        logger.info("service.started", size=sequencer.size, chain=publisher.info.chain)
        yield core


def _check_there(settings: Settings) -> None:
    """Step 2: do not begin a second history beside the register of a first one."""
    register, database = settings.register_path, settings.database_path
    if register.exists() and b"\n" in register.read_bytes() and not database.exists():
        raise ApiError(
            "store.lost",
            f"checkpoints were signed here, and the database {database.name} is gone",
            remedy="Bring it back from its backup, or from the log's copies with `avow recover` "
            "(docs/recovery.md).",
        )


def _database(engine: Engine, settings: Settings, system: System) -> tuple[str, Vault, ServiceKeys]:
    """Steps 2 and 3: the schema's revision, the vault, and the service's own keys (`store.unreadable`)."""
    try:
        return _opened(engine, settings, system)
    except DBAPIError as error:
        raise ApiError(
            "store.unreadable",
            f"the database {settings.database_path.name} cannot be read or written",
            remedy="Check disk and permissions; if the file is damaged, restore its backup and complete it "
            "with `avow recover` (docs/recovery.md).",
        ) from error


def _opened(engine: Engine, settings: Settings, system: System) -> tuple[str, Vault, ServiceKeys]:
    with engine.connect() as connection:
        migrate(connection)
        schema = revision(connection) or ""
        connection.rollback()
        with connection.begin():
            _public_url(connection, settings)
            vault = open_vault(connection, settings, system)
            keys = ServiceKeys.ensure(connection, vault, system)
            bootstrap.ensure(connection, settings, system)
    return schema, vault, keys


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _public_url(connection: Connection, settings: Settings) -> None:
    stored = bootstrap.public_url(connection)
    if stored is None:
        set_meta(connection, bootstrap.PUBLIC_URL, settings.public_url)
    elif stored != settings.public_url:
        raise ApiError(
            "settings.public-url-changed",
            f"this data directory was made for {stored}, and its DIDs and its log name that address; "
            f"AVOW_PUBLIC_URL is now {settings.public_url}",
            remedy=f"Start with AVOW_PUBLIC_URL={stored}, or give the new address its own AVOW_DATA.",
        )


def _log(
    stack: AsyncExitStack,
    settings: Settings,
    system: System,
    engine: Engine,
    reader: Reader,
    writer: Writer,
    keys: ServiceKeys,
) -> tuple[Sealer, Sequencer, Notes]:
    file = RegisterFile(settings.register_path)
    stack.callback(file.close)
    register = Register.parse(file.read())
    loop = asyncio.get_running_loop()

    def appended() -> None:
        loop.call_soon_threadsafe(sealer.notice)

    with engine.connect() as connection:
        _derive_once(connection, settings.origin)
        sequencer = Sequencer.load(connection, reader, settings.origin, appended=appended)
        _check_register(connection, register)
        kept = ServiceFile.of(connection)
        connection.rollback()
    register.check_start(sequencer.log)
    kept.check_newest(settings.service_keys_path)
    file.drop_torn_line(register.torn)
    kept.keep(settings.service_keys_path)
    signers = [NoteSigner(settings.origin, Ed25519Signer(secret.reveal())) for secret in keys.log]
    notes = Notes(reader, register, signers)
    sealer = Sealer(
        sequencer=sequencer,
        writer=writer,
        register=register,
        register_file=file,
        notes=notes,
        system=system,
        rhythm=Rhythm(
            delay=settings.seal_interval_ms / 1000,
            entries=settings.seal_entries,
            heartbeat=settings.heartbeat_seconds,
        ),
    )
    return sealer, sequencer, notes


def _derive_once(connection: Connection, origin: str) -> None:
    """Fill the tables that a database of an earlier release does not have."""
    connection.rollback()
    if count_entries(connection) and not is_derived(connection):
        connection.rollback()
        logger.info("log.deriving", task="startup")
        with connection.begin():
            derive_again(connection, origin, needed_from=0, progress=lambda _size: None)
    connection.rollback()


def _check_register(connection: Connection, register: Register) -> None:
    """Notice a register that was lost or cut: its line was on the disk before the checkpoint's row was."""
    signed = connection.execute(select(func.max(col(Checkpoint.size)))).scalar()
    if signed is not None and register.find(signed) is None:
        raise ApiError(
            "register.lost",
            f"a checkpoint of {signed} entries was signed, and the checkpoint register does not hold it",
            remedy="Restore checkpoint-register.txt from where it was copied last; without it nothing keeps "
            "an old copy of the database from signing a second history (docs/recovery.md).",
            clause="registry 7.4",
        )


async def _chain(
    stack: AsyncExitStack,
    settings: Settings,
    system: System,
    keys: ServiceKeys,
    sequencer: Sequencer,
    sealer: Sealer,
    writer: Writer,
    reader: Reader,
) -> Publisher:
    chain = await open_chain(settings, system, keys)
    stack.push_async_callback(chain.close)
    return Publisher(
        chain=chain,
        info=await chain.describe(),
        sequencer=sequencer,
        sealer=sealer,
        writer=writer,
        reader=reader,
        system=system,
        pace=Pace(settings.anchor_interval_ms / 1000, settings.anchor_entries),
        lasting=settings.chain != "memory",
    )


def _egress(
    stack: AsyncExitStack, settings: Settings, system: System, pool: Pool
) -> tuple[EgressClient, Elsewhere | None]:
    egress = EgressClient(monotonic=system.monotonic, unsafe_origins=settings.egress_origins)
    stack.push_async_callback(egress.close)
    if settings.fetch == "off":
        return egress, None
    return egress, Elsewhere(egress, pool, system)


@asynccontextmanager
async def _tasks(
    core: Core, sealer: Sealer, publisher: Publisher, cosigning: Cosigning, folder: PublicFolder
) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(sealer.run(), name="sealer"),
        asyncio.create_task(publisher.run(), name="publisher"),
        asyncio.create_task(cosigning.run(), name="cosigning"),
        asyncio.create_task(folder.run(), name="tiles"),
        asyncio.create_task(core.bulk.run(core), name="bulk"),
        asyncio.create_task(housekeeping.run(core), name="housekeeping"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
