"""A client of containerd's CRI, by the stubs of layer ctd."""
import api_pb2 as api
import api_pb2_grpc
import grpc

import settings


class Cri:
    def __init__(self, timeout=30):
        channel = grpc.insecure_channel(f'unix://{settings.SOCKET}')
        self._stubs = (api_pb2_grpc.RuntimeServiceStub(channel), api_pb2_grpc.ImageServiceStub(channel))
        self._timeout = timeout

    def __call__(self, method, **fields):
        """cri('ListContainers', filter=...): the message NAMERequest with these fields goes to method NAME."""
        for stub in self._stubs:
            if hasattr(stub, method):
                return getattr(stub, method)(getattr(api, f'{method}Request')(**fields), timeout=self._timeout)
        raise AttributeError(method)


def message(error):
    """The text of an RPC error as Go prints it."""
    if isinstance(error, grpc.RpcError):
        return f'rpc error: code = {error.code().name.title().replace("_", "")} desc = {error.details()}'
    return str(error)
