"""The networks of `zoo.py`: small members of many families of architectures, with random weights."""

import copy
import functools

import timm
import torch
import torchvision
import transformers
from torch import nn

from exported import CLASSES, without_zeros

TORCHVISION = """alexnet convnext_tiny densenet121 efficientnet_b0 efficientnet_b1 efficientnet_v2_s googlenet inception_v3 maxvit_t
mnasnet0_5 mnasnet1_3 mobilenet_v2 mobilenet_v3_large mobilenet_v3_small regnet_x_400mf regnet_x_800mf regnet_y_400mf regnet_y_800mf
resnet18 resnet34 resnet50 resnext50_32x4d shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x2_0 squeezenet1_0 squeezenet1_1 swin_t
swin_v2_t vgg11 vgg11_bn vgg16_bn vit_b_32 wide_resnet50_2""".split()
TIMM = """mobileone_s1 gernet_s repvgg_a0 regnetz_b16 resnext26ts eca_resnext26ts gcresnext26ts bat_resnext26ts resnet32ts
halonet_h1 eca_botnext26ts_256 eca_halonext26ts lambda_resnet26t lambda_resnet26rpt_256 haloregnetz_b halonet26t botnet26t_256
sehalonet33ts sebotnet33ts_256 poolformerv2_s12 poolformer_s12 caformer_s18 convformer_s18 cait_xxs24_224 coat_tiny coat_lite_tiny
maxvit_pico_rw_256 maxvit_rmlp_pico_rw_256 coatnet_pico_rw_224 coatnet_nano_cc_224 coatnext_nano_rw_224 coatnet_rmlp_nano_rw_224
maxxvit_rmlp_nano_rw_256 maxxvitv2_nano_rw_256 convit_tiny convmixer_768_32 convnext_zepto_rms convnext_zepto_rms_ols
convnext_atto convnext_atto_ols convnextv2_atto cpubone_nano cpubone_b0_bfrobust crossvit_tiny_240 crossvit_9_240
crossvit_9_dagger_240 cs3darknet_focus_s cs3darknet_s darknet17 cs3sedarknet_xdw cspresnext50 cspnext_tiny davit_tiny
deit_tiny_patch16_224 deit_tiny_distilled_patch16_224 deit3_small_patch16_224 densenetblur121d dla46x_c dla46_c dla34
dla60_res2next dpn48b dpn68b nf_regnet_b0 nf_resnet26 nf_ecaresnet26 nf_seresnet26 eca_nfnet_l0 ese_vovnet19b_slim_dw
ese_vovnet19b_slim ese_vovnet19b_dw eca_vovnet39b resnet10t resnetblur18 resnet18d seresnet18 ecaresnet26t ecaresnext26t_32x4d
resnetaa34d edgenext_xx_small edgenext_small_rw efficientformer_l1 efficientformerv2_s0 mobilenetv2_035 mnasnet_small
semnasnet_050 mixnet_s mobilenet_edgetpu_v2_xs fbnetc_100 efficientnet_lite0 efficientnet_b0 efficientnet_b0_gn
efficientnet_blur_b0 efficientnet_es mobilenetv1_100h efficientnetv2_rw_t gc_efficientnetv2_rw_t tf_efficientnet_b0
tf_efficientnetv2_b0 tf_mixnet_s efficientnet_cc_b0_4e spnasnet_100 tinynet_e efficientvim_m1 efficientvim_m1_dist efficientvit_b0
efficientvit_m0 eva02_tiny_patch14_224 fasternet_t0 fastvit_t8 fastvit_s12 fastvit_sa12 fastvit_mci0 lcnet_035
mobilenetv3_small_050 mobilenetv4_conv_small_035 mobilenetv4_hybrid_medium_075 mobilenetv4_conv_aa_medium
mobilenetv4_conv_blur_medium mobilenetv3_rw fbnetv3_b tf_mobilenetv3_small_minimal_100 focalnet_tiny_srf gcvit_xxtiny ghostnet_050
ghostnetv2_100 ghostnetv3_050 gmlp_ti16_224 gmixer_12_224 resmlp_12_224 mixer_s32_224 hardcorenas_a hardcorenas_f hgnetv2_b0
hgnet_tiny hiera_tiny_224 hrnet_w18_small hrnet_w18_ssld iformer_t iformer_m_distilled inception_next_atto lcnetv2_small
legacy_seresnet18 legacy_seresnext26_32x4d legacy_xception levit_128s levit_conv_128s levit_256d lowformer_b0 lowformer_e1
mambaout_femto mambaout_kobe mobilevit_xxs mobilevitv2_050 mvitv2_tiny nest_tiny_jx pit_ti_224 pit_ti_distilled_224 pvt_v2_b0
pvt_v2_b2_li rdnet_tiny regnetx_002 regnety_002 regnetz_005 regnetv_040 repghostnet_050 repvit_m1 repvit_m0_9 res2next50
res2net50_14w_8s resnest14d resnetv2_18 resnetv2_18d resnetv2_50x1_bit rexnet_100 rexnetr_100 selecsls42 sequencer2d_s shvit_s1
skresnet18 starnet_s1 swiftformer_xs swin_tiny_patch4_window7_224 swin_s3_tiny_224 swinv2_tiny_window8_256 swinv2_cr_tiny_224
tiny_vit_5m_224 tnt_s_legacy_patch16_224 tresnet_m twins_pcpvt_small twins_svt_small visformer_tiny vit_tiny_patch16_224
vit_small_patch32_224 vit_relpos_small_patch16_224 vit_srelpos_small_patch16_224 vit_pwee_patch16_reg1_gap_256
vit_wee_patch16_reg1_gap_256 vit_dwee_patch16_reg1_gap_256 vit_tiny_r_s16_p8_224 vit_dlittle_patch16_reg1_gap_256
vitamin_small_224 volo_d1_224 xcit_nano_12_p16_224 xcit_nano_12_p8_224 tf_efficientnet_lite0""".split()
# Networks of timm that give their maps of features: the last one goes to a linear layer.
FEATURES = """convnext_atto cs3darknet_s davit_tiny dla46_c edgenext_xx_small efficientvit_b0 fastvit_t8 hrnet_w18_small
mobilenetv3_small_050 mobilevit_xxs pvt_v2_b0 regnety_002 resnet10t""".split()
# Networks of torchvision that take a picture of one size, or have a smallest one.
SIDES = {"alexnet": 64, "inception_v3": 299, "maxvit_t": 224, "vit_b_32": 224, "swin_v2_t": 256}
SEGMENTATION = ["deeplabv3_mobilenet_v3_large", "fcn_resnet50", "lraspp_mobilenet_v3_large"]

SMALL = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128, "image_size": 64}
STAGES = {"hidden_sizes": [16, 32, 64, 128], "depths": [1, 1, 2, 1]}
WINDOWS = {"image_size": 64, "embed_dim": 24, "depths": [1, 2], "num_heads": [2, 4], "window_size": 4}
PYRAMID = {"hidden_sizes": [16, 32, 40, 64], "depths": [1, 1, 1, 1]}
VISION = {"vision_config": {**SMALL, "patch_size": 16}, "text_config": {**SMALL, "vocab_size": 100}, "projection_dim": 32}
# Classifiers of transformers, with what makes their configuration small.
TRANSFORMERS = {
    "Beit": {**SMALL, "use_relative_position_bias": True, "use_shared_relative_position_bias": False},
    "Bit": {**STAGES, "embedding_size": 16, "num_groups": 8},
    "CLIP": VISION,
    "ConvNext": STAGES,
    "ConvNextV2": STAGES,
    "Cvt": {"embed_dim": [16, 32, 64], "num_heads": [1, 2, 4], "depth": [1, 2, 3]},
    "Data2VecVision": {**SMALL, "use_relative_position_bias": True},
    "DeiT": SMALL,
    "Dinov2": {**SMALL, "patch_size": 16},
    "Dinov2WithRegisters": SMALL,
    "DonutSwin": WINDOWS,
    "EfficientNet": {"image_size": 64, "width_coefficient": 0.5, "depth_coefficient": 0.5, "hidden_dim": 640},
    "FocalNet": {"image_size": 64, "embed_dim": 24, "depths": [1, 1, 2, 1], "hidden_sizes": [24, 48, 96, 192]},
    "HGNetV2": {},
    "Hiera": {"embed_dim": 16, "depths": [1, 1, 2, 1], "image_size": [224, 224]},
    "IJepa": SMALL,
    "Levit": {"image_size": 224},
    "MetaClip2": VISION,
    "MobileNetV1": {"depth_multiplier": 0.25},
    "MobileNetV2": {"depth_multiplier": 0.35},
    "MobileViT": {"image_size": 128, "hidden_sizes": [32, 48, 64]},
    "MobileViTV2": {"image_size": 128, "width_multiplier": 0.5},
    "PoolFormer": STAGES,
    "Pvt": {**PYRAMID, "image_size": 64},
    "PvtV2": {**PYRAMID, "image_size": 64},
    "RegNet": {"embedding_size": 16, "hidden_sizes": [16, 32, 64, 96], "depths": [1, 1, 2, 1], "groups_width": 16},
    "ResNet": {**STAGES, "embedding_size": 16},
    "Segformer": PYRAMID,
    "Siglip": VISION,
    "SwiftFormer": {},
    "Swin": WINDOWS,
    "Swinv2": WINDOWS,
    "TextNet": {"image_size": [64, 64]},
    "ViT": SMALL,
    "ViTMSN": SMALL,
}
# The same without a classifier: their last map of features goes to a linear layer.
BACKBONES = {
    "ConvNext": STAGES,
    "Dinov2": {**SMALL, "patch_size": 16},
    "DINOv3ConvNext": STAGES,
    "DINOv3ViT": {**SMALL, "patch_size": 16},
    "MaskFormerSwin": WINDOWS,
    "PPLCNet": {},
    "PvtV2": {**PYRAMID, "image_size": 64},
    "RTDetrResNet": {**STAGES, "embedding_size": 16},
    "Swin": WINDOWS,
    "TextNet": {"image_size": [64, 64]},
    "VitDet": {**SMALL, "patch_size": 16},
}


class OfTransformers(nn.Module):
    """Takes the scores out of what a classifier of transformers returns, as its author would."""

    def __init__(self, net):
        super().__init__()
        self.net = net

    def forward(self, x):
        return self.net(pixel_values=x).logits


class Headed(nn.Module):
    """A linear classifier on the last map of features that a backbone returns."""

    def __init__(self, net, side):
        super().__init__()
        self.net = net
        with torch.no_grad():
            channels = self.features(torch.rand(1, 3, side, side)).shape[1]
        self.head = nn.Linear(channels, CLASSES)

    def features(self, x):
        return self.net(x)[-1]

    def forward(self, x):
        return self.head(self.features(x).mean((2, 3)))


class HeadedNames(Headed):
    """The same on a backbone that returns its maps by name."""

    def features(self, x):
        return list(self.net(x).values())[-1]


class HeadedMaps(Headed):
    """The same on a backbone of transformers."""

    def features(self, x):
        return self.net(x).feature_maps[-1]


def of_torchvision(name):
    extra = {"init_weights": False} if name in ("googlenet", "inception_v3") else {}
    return torchvision.models.get_model(name, num_classes=CLASSES, **extra).eval(), SIDES.get(name, 64)


def of_segmentation(name):
    net = torchvision.models.get_model(name, weights=None, weights_backbone=None).backbone.eval()
    return HeadedNames(net, 64).eval(), 64


def of_timm(name):
    net = timm.create_model(name, num_classes=CLASSES).eval()
    side = net.pretrained_cfg["input_size"][-1]
    try:
        short = shortened(copy.deepcopy(net))
        with torch.no_grad():
            short(torch.rand(1, 3, side, side))
    except Exception:  # Its `forward` counts on every block.
        return net, side
    return short, side


def of_timm_features(name):
    net = timm.create_model(name, features_only=True).eval()
    side = net.pretrained_cfg["input_size"][-1]
    return Headed(net, side).eval(), side


def shortened(net):
    """Leaves two of blocks in a row that are alike, because making and checking a network takes time for each block."""
    for module in list(net.modules()):
        if isinstance(module, (nn.Sequential, nn.ModuleList)):
            kinds = [kind_of(block) for block in module]
            alike = {number for number in range(2, len(kinds)) if len(set(kinds[number - 2 : number + 1])) == 1}
            kept = [entry for number, entry in enumerate(module.named_children()) if number not in alike]
            is_list = isinstance(module, nn.ModuleList)
            module._modules = {str(number) if is_list else name: block for number, (name, block) in enumerate(kept)}
    return net


def kind_of(block):
    """What blocks that are alike have in common. A layer without weights is like no other."""
    shapes = tuple(weight.shape for weight in block.state_dict().values())
    return (type(block), shapes) if shapes else block


def side_of(config):
    side = getattr(config, "image_size", None) or getattr(getattr(config, "vision_config", None), "image_size", None) or 64
    return side if isinstance(side, int) else side[0]


def of_transformers(name):
    kind = getattr(transformers, f"{name}ForImageClassification")
    config = kind.config_class(**TRANSFORMERS[name], num_labels=CLASSES)
    return OfTransformers(kind(config).eval()).eval(), side_of(config)


def of_transformers_backbone(name):
    kind = getattr(transformers, f"{name}Backbone")
    config = kind.config_class(**BACKBONES[name])
    return HeadedMaps(kind(config).eval(), side_of(config)).eval(), side_of(config)


SOURCES = {
    "torchvision": (TORCHVISION, of_torchvision),
    "segmentation": (SEGMENTATION, of_segmentation),
    "timm-features": (FEATURES, of_timm_features),
    "transformers": (TRANSFORMERS, of_transformers),
    "transformers-backbone": (BACKBONES, of_transformers_backbone),
    "timm": (TIMM, of_timm),
}
MAKERS = {f"{source}/{name}": functools.partial(make, name) for source, (names, make) in SOURCES.items() for name in names}


def network(name):
    """A network with random weights, and the side of its input."""
    torch.manual_seed(1)
    net, side = MAKERS[name]()
    return without_zeros(net), side
