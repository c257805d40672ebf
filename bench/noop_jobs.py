"""Jobs of procrastinate that do nothing, in a process of their own; `bench.ledger` runs it where procrastinate is.

python noop_jobs.py put URL COUNT
python noop_jobs.py work URL CONCURRENCY    works until no job is left, once a line has come
"""

import asyncio
import sys
import time

import procrastinate


def made(url: str) -> procrastinate.App:
    app = procrastinate.App(
        connector=procrastinate.PsycopgConnector(conninfo=url, min_size=4, max_size=20, timeout=600)
    )

    @app.task(name="nothing")
    async def nothing(number: int) -> None:
        pass

    return app


async def put(url: str, count: int) -> None:
    async with made(url).open_async() as app:
        if not await app.check_connection_async():
            await app.schema_manager.apply_schema_async()
        task = app.configure_task("nothing")
        for start in range(0, count, 1000):
            await task.batch_defer_async(*({"number": number} for number in range(start, min(start + 1000, count))))


async def work(url: str, concurrency: int) -> None:
    async with made(url).open_async() as app:
        print("ready", flush=True)
        sys.stdin.readline()
        began, cpu = time.time(), time.process_time()
        await app.run_worker_async(concurrency=concurrency, wait=False, listen_notify=False)
        print(began, time.time(), time.process_time() - cpu, flush=True)


if __name__ == "__main__":
    asyncio.run({"put": put, "work": work}[sys.argv[1]](sys.argv[2], int(sys.argv[3])))
