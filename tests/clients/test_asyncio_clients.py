"""The Python clients for asyncio, unchanged: on the cluster's clock, and on a loop of their own."""

import asyncio
from datetime import UTC, datetime

import pytest

import kemu
from kemu.errors import NeverEnds, UsageError

k8s = pytest.importorskip("kubernetes_asyncio")
pytest.importorskip("time_machine")

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}


@pytest.fixture(params=["kemu.run", "asyncio.run"])
def run(request, mock_kubernetes):
    """Runs a coroutine, on the clock of the cluster or on the loop's own."""
    return asyncio.run if request.param == "asyncio.run" else lambda main: kemu.run(mock_kubernetes, main)


def client(function):
    """A coroutine that hands a client to `function` and closes it."""

    async def main():
        await k8s.config.load_kube_config()
        async with k8s.client.ApiClient() as api:
            return await function(api)

    return main()


def test_it_creates_lists_patches_and_deletes(run, mock_kubernetes):
    """The typed client does with a cluster what it does with a real one."""

    async def use(api):
        core = k8s.client.CoreV1Api(api)
        assert (await core.create_namespaced_pod("default", POD)).metadata.name == "web"
        (pod,) = (await core.list_namespaced_pod("default", label_selector="app=web", watch=False)).items
        assert pod.spec.containers[0].image == "nginx"
        await core.patch_namespaced_pod("web", "default", [{"op": "add", "path": "/metadata/labels/a", "value": "b"}])
        assert mock_kubernetes.get("pod/web").metadata.labels == {"app": "web", "a": "b"}
        await core.delete_namespaced_pod("web", "default", grace_period_seconds=0)
        with pytest.raises(k8s.client.ApiException) as caught:
            await core.read_namespaced_pod("web", "default")
        assert caught.value.status == 404 and caught.value.reason == "Not Found"

    run(client(use))


def test_a_watch_lets_time_pass_and_blocks_nobody(run, mock_kubernetes):
    """While one coroutine watches, another one writes; the cluster goes on meanwhile."""

    async def use(api):
        core, phases = k8s.client.CoreV1Api(api), []

        async def follow():
            async with k8s.watch.Watch() as watch:
                async for event in watch.stream(core.list_namespaced_pod, "default", timeout_seconds=60):
                    phases.append(event["object"].status.phase)
                    if phases[-1] == "Running":
                        return

        async def write():
            await asyncio.sleep(0.01)
            await core.create_namespaced_pod("default", POD)

        await asyncio.gather(follow(), write())
        return phases

    phases = run(client(use))
    assert phases[0] == "Pending" and phases[-1] == "Running" and mock_kubernetes.now > 0


def test_a_watch_ends_with_its_own_time(run, mock_kubernetes):
    """The time-out of the server is in virtual seconds."""

    async def use(api):
        core = k8s.client.CoreV1Api(api)
        stream = k8s.watch.Watch().stream(core.list_node, timeout_seconds=3600)
        return {event["object"].metadata.name async for event in stream}

    assert len(run(client(use))) == 3 and mock_kubernetes.now == 3600


def test_who_only_looks_at_the_time_again_and_again_is_not_waited_for(mock_kubernetes):
    """A coroutine that ticks, or one that goes round in circles, keeps virtual time from nobody for long."""

    async def use(api):
        async def tick(pause):
            while True:
                await asyncio.sleep(pause)

        core = k8s.client.CoreV1Api(api)
        for pause in (0.01, 0):
            ticking = asyncio.create_task(tick(pause))
            stream = k8s.watch.Watch().stream(core.list_node, timeout_seconds=600)
            assert len([event async for event in stream]) >= 3
            ticking.cancel()

    asyncio.run(client(use))
    assert mock_kubernetes.now == 1200


def test_a_wait_that_can_never_end_is_an_error(run, mock_kubernetes):
    """Nothing is due for anybody, and nobody else acts."""
    mock_kubernetes.apply(POD)
    mock_kubernetes.advance("1m")

    async def use(api):
        core = k8s.client.CoreV1Api(api)
        answer = await core.read_namespaced_pod_log("web", "default", follow=True, _preload_content=False)
        while await answer.content.readline():
            pass

    with pytest.raises(NeverEnds):
        run(client(use))


def test_the_time_out_of_a_request_is_in_virtual_time(mock_kubernetes):
    """aiohttp's own time-outs go by the clock of the loop."""

    async def use(api):
        core = k8s.client.CoreV1Api(api)
        answer = await core.list_node(watch=True, _preload_content=False, _request_timeout=90)
        with pytest.raises(asyncio.TimeoutError):
            while await answer.content.readline():
                pass
        return mock_kubernetes.now

    assert kemu.run(mock_kubernetes, client(use)) == 90


def test_no_other_server_is_reached(run):
    """A client for a real cluster is told so."""

    async def main():
        configuration = k8s.client.Configuration(host="http://10.0.0.1:6443")
        async with k8s.client.ApiClient(configuration) as api:
            await k8s.client.CoreV1Api(api).list_node()

    with pytest.raises(UsageError, match=r"http://10\.0\.0\.1:6443/api/v1/nodes is not in the simulated cluster"):
        run(main())


def test_the_dynamic_client_finds_what_is_served(run):
    """Discovery and untyped objects work."""
    dynamic = pytest.importorskip("kubernetes_asyncio.dynamic")

    async def use(api):
        found = await dynamic.DynamicClient(api)
        maps = await found.resources.get(api_version="v1", kind="ConfigMap")
        await maps.create(body={"metadata": {"name": "a"}, "data": {"k": "v"}}, namespace="default")
        return (await maps.get(name="a", namespace="default")).data.k

    assert run(client(use)) == "v"


def test_two_runs_have_one_digest(kemu_cluster_factory):
    """Coroutines that write beside each other do so in an order that is always the same."""

    async def work(api):
        core = k8s.client.CoreV1Api(api)

        async def one(number):
            name = f"p{number}"
            await core.create_namespaced_pod("default", {**POD, "metadata": {"name": name}})
            async with k8s.watch.Watch() as watch:
                chosen = f"metadata.name={name}"
                async for event in watch.stream(core.list_namespaced_pod, "default", field_selector=chosen):
                    if event["object"].status.phase == "Running":
                        break
            now = {"now": datetime.now(UTC).isoformat()}
            await core.patch_namespaced_pod(name, "default", {"metadata": {"annotations": now}})

        await asyncio.gather(*[one(number) for number in range(5)])

    digests = set()
    for _ in range(2):
        cluster = kemu_cluster_factory()
        with kemu.mock_kubernetes(cluster):
            kemu.run(cluster, client(work))
        digests.add(cluster.digest())
    assert len(digests) == 1


def test_lightkube_and_kr8s_run_on_the_clock_of_the_cluster(mock_kubernetes):
    """So do the clients over httpx."""
    lightkube = pytest.importorskip("lightkube")
    core = pytest.importorskip("lightkube.resources.core_v1")
    kr8s = pytest.importorskip("kr8s.asyncio.objects")

    async def follow():
        async for _, pod in lightkube.AsyncClient().watch(core.Pod, namespace="default"):
            if pod.status and pod.status.phase == "Running":
                break
        return mock_kubernetes.now

    async def write():
        await asyncio.sleep(30)
        pod = await kr8s.Pod(POD)
        await pod.create()
        await pod.wait("condition=Ready")

    async def main():
        return (await asyncio.gather(follow(), write()))[0]

    assert 30 < kemu.run(mock_kubernetes, main()) < 40
