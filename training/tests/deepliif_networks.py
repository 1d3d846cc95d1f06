"""DeepLIIF's two kinds of networks, written a second time in the published code's naming, to test the import."""

import torch
from torch import nn

WIDTH, LEVELS = 3, 9


class Block(nn.Module):
    def __init__(self, c, dropout):
        super().__init__()
        drop = [nn.Dropout(0.5)] if dropout else []
        self.conv_block = nn.Sequential(nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c), nn.ReLU(True),
                                        *drop, nn.Conv2d(c, c, 3, padding=1, bias=False), nn.BatchNorm2d(c))

    def forward(self, x):
        return x + self.conv_block(x)


class Residual(nn.Module):
    def __init__(self, w=WIDTH, outer=nn.ReflectionPad2d, dropout=True):
        super().__init__()
        layers = [outer(3), nn.Conv2d(3, w, 7, bias=False), nn.BatchNorm2d(w), nn.ReLU(True)]
        for c in (w, 2 * w):
            layers += [nn.Conv2d(c, 2 * c, 3, 2, 1, bias=False), nn.BatchNorm2d(2 * c), nn.ReLU(True)]
        layers += [Block(4 * w, dropout) for _ in range(9)]
        for c in (4 * w, 2 * w):
            layers += [nn.ConvTranspose2d(c, c // 2, 3, 2, 1, 1, bias=False), nn.BatchNorm2d(c // 2), nn.ReLU(True)]
        self.model = nn.Sequential(*layers, outer(3), nn.Conv2d(w, 3, 7), nn.Tanh())

    def forward(self, x):
        return self.model(x)


class Level(nn.Module):
    def __init__(self, outer, inner, inputs=None, inside=None, outermost=False):
        super().__init__()
        down = nn.Conv2d(inputs or outer, inner, 4, 2, 1, bias=False)
        leaky, relu = nn.LeakyReLU(0.2, True), nn.ReLU(True)
        self.outermost = outermost
        if outermost:
            self.model = nn.Sequential(down, inside, relu, nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1), nn.Tanh())
        elif inside is None:
            self.model = nn.Sequential(leaky, down, relu, nn.ConvTranspose2d(inner, outer, 4, 2, 1, bias=False),
                                       nn.BatchNorm2d(outer))
        else:
            self.model = nn.Sequential(leaky, down, nn.BatchNorm2d(inner), inside, relu,
                                       nn.ConvTranspose2d(2 * inner, outer, 4, 2, 1, bias=False),
                                       nn.BatchNorm2d(outer), nn.Dropout(0.5))

    def forward(self, x):
        return self.model(x) if self.outermost else torch.cat([x, self.model(x)], 1)


class Unet(nn.Module):
    def __init__(self, w=WIDTH, levels=LEVELS):
        super().__init__()
        level = Level(8 * w, 8 * w)
        for _ in range(levels - 5):
            level = Level(8 * w, 8 * w, inside=level)
        for share in (4, 2, 1):
            level = Level(share * w, 2 * share * w, inside=level)
        self.model = Level(3, w, inputs=3, inside=level, outermost=True)

    def forward(self, x):
        return self.model(x)


def lively(net, seed):
    """Random weights that give an output with contrast. Returns the network in inference mode."""
    torch.manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.normal_(module.weight, 0, (2 / module.weight[0].numel()) ** 0.5)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.weight, 1, 0.3)
            nn.init.normal_(module.bias, 0, 0.3)
    return net.eval()


def batch_statistics(net):
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.train()
    return net
